"""Sphinx's settings for the HTML site. tools/docs/build.py writes the pages and runs it."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes

project = "steadyfleet.aws_patching"
project_copyright = "steadyfleet contributors"
extensions = ["sphinx_antsibull_ext"]

default_role = "any"
highlight_language = "YAML+Jinja"
nitpicky = True
pygments_style = "ansible"
smartquotes = False

html_theme = "sphinx_ansible_theme"
html_title = html_short_title = project
html_copy_source = False
html_show_sphinx = False
html_use_index = False

# Intersphinx would download an inventory of Ansible's own documentation: these labels are all that antsibull-docs'
# pages need of it.
ANSIBLE = "https://docs.ansible.com/projects/ansible/latest"
LABELS = {
    "action_plugins": "plugins/action.html",
    "ansible_configuration_settings": "reference_appendices/config.html",
    "callback_plugins": "plugins/callback.html",
    "collections_keyword": "collections_guide/collections_using_playbooks.html",
    "common_return_values": "reference_appendices/common_return_values.html",
    "list_of_callback_plugins": "collections/index_callback.html",
    "list_of_collections": "collections/index.html",
}
# The page of another collection's plugin, and an option or return value on it.
PLUGIN = re.compile(r"ansible_collections\.(?!steadyfleet\.)(\w+)\.(\w+)\.(\w+)_(\w+?)(?:__(parameter|return)-(.+))?")


def page_elsewhere(label: str) -> str | None:
    """The address of a label in Ansible's own documentation."""
    if label in LABELS:
        return f"{ANSIBLE}/{LABELS[label]}"
    if found := PLUGIN.fullmatch(label):
        namespace, name, plugin, kind, what, which = found.groups()
        anchor = f"#{what}-{which}" if which else ""
        return f"{ANSIBLE}/collections/{namespace}/{name}/{plugin}_{kind}.html{anchor}"
    return None


def resolve(_app: Any, _env: Any, node: Any, content: Any) -> nodes.reference | None:
    """A link for a label that none of our pages has; None, and so a warning, for one that nobody has."""
    address = page_elsewhere(node.get("reftarget", ""))
    return nodes.reference("", "", content, internal=False, refuri=address) if address else None


def point_home(_app: Any, _page: str, _template: str, context: dict[str, Any], _doctree: Any) -> None:
    """The theme's logo leads to our first page; it takes one address for all pages, and ours is a relative one."""
    if "pathto" in context:
        context["theme_documentation_home_url"] = context["pathto"]("index")


def setup(app: Any) -> None:
    app.connect("missing-reference", resolve)
    app.connect("html-page-context", point_home)
