"""The page of error codes has every code that a module can return, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.steadyfleet.aws_patching.plugins.module_utils._common import errors

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "docsite" / "rst" / "error_codes.rst"
DEFAULTS = {
    name: item.default_code
    for name, item in vars(errors).items()
    if isinstance(item, type) and issubclass(item, errors.PatchingError)
}
DEFAULTS["Problem"] = errors.Problem("any").code
# What stands in the braces of an f-string -> the texts that it can have.
ITEMS = {"kind": ("target", "task"), "kind.name": ("target", "task")}


def code_arguments(call: ast.Call) -> Iterator[ast.expr]:
    """The expressions that a call has as an error code: one, or none."""
    yield from (keyword.value for keyword in call.keywords if keyword.arg == "code")
    if isinstance(call.func, ast.Name) and call.func.id == "Problem":
        yield from call.args[1:2]


def codes_of(expression: ast.expr) -> set[str]:
    """The codes that an expression can be. A part that is not in ITEMS stays as ``<part>``."""
    match expression:
        case ast.Constant(value=str(text)):
            return {text}
        case ast.JoinedStr(values=parts):
            codes = {""}
            for part in parts:
                texts = texts_of(part)
                codes = {code + text for code in codes for text in texts}
            return codes
        case ast.Attribute(attr="code") | ast.Name(id="code"):  # passes on the code of another error
            return set()
    raise AssertionError(f"line {expression.lineno}: {ast.unparse(expression)} is no readable error code")


def texts_of(part: ast.expr) -> tuple[str, ...]:
    if isinstance(part, ast.FormattedValue):
        name = ast.unparse(part.value)
        return ITEMS.get(name, (f"<{name}>",))
    assert isinstance(part, ast.Constant)
    return (str(part.value),)


def codes_in(source: str) -> set[str]:
    """Every error code in a Python text; of an error without one, the default of its class."""
    codes = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            given = [*code_arguments(node)]
            codes |= {code for expression in given for code in codes_of(expression)}
            if not given and isinstance(node.func, ast.Name) and node.func.id in DEFAULTS:
                codes.add(DEFAULTS[node.func.id])
    return codes


def codes_in_plugins() -> set[str]:
    return {code for path in (ROOT / "plugins").rglob("*.py") for code in codes_in(path.read_text(encoding="utf-8"))}


def documented_codes() -> list[str]:
    return re.findall(r"^   \* - ``([a-z_<>]+)``$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)


def is_documented(code: str, documented: list[str]) -> bool:
    """Whether the page has the code, or a pattern that it matches."""
    return code in documented or any(
        re.fullmatch(re.sub(r"<\w+>", r"\\w+", pattern), code) for pattern in documented if "<" in pattern
    )


def test_the_page_has_every_code_once() -> None:
    documented = documented_codes()
    assert sorted(set(documented)) == sorted(documented)
    assert sorted(code for code in codes_in_plugins() if not is_documented(code, documented)) == []


def test_the_page_has_no_code_that_no_module_returns() -> None:
    assert sorted(set(documented_codes()) - codes_in_plugins()) == []


@pytest.mark.parametrize(
    ("source", "codes"),
    [
        ('raise Refused("no", code="too_late")', {"too_late"}),
        ('raise Refused("no")', {"refused"}),
        ('Problem("no", "wrong")', {"wrong"}),
        ('Problem("no", code="wrong")', {"wrong"}),
        ('Problem("no")', {"invalid_option"}),
        ('error("no", code="wrong")', {"wrong"}),
        ('Problem("no", f"{kind}_wrong")', {"target_wrong", "task_wrong"}),
        ('Problem("no", f"setting_{name}_wrong")', {"setting_<name>_wrong"}),
        ("Problem(each.message, each.code)", set()),
    ],
)
def test_codes_are_read_from_the_source(source: str, codes: set[str]) -> None:
    assert codes_in(source) == codes


def test_a_code_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(AssertionError, match="is no readable error code"):
        codes_in('raise Refused("no", code=choose())')
