# shellcheck shell=bash
# Finds a Python this project can run on. Sourced, by tools/setup.sh.

# What a candidate must really be able to do: a pyenv shim stands on PATH and fails, a distribution's Python may
# come without venv.
usable_python() {
  "$1" -I -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1
}

python_candidates() {
  local name
  for name in python3.14 python3.13 python3.12 python3 python; do
    type -aP "$name" || true
  done
  local versions=${PYENV_ROOT:-$HOME/.pyenv}/versions
  if [ -d "$versions" ]; then
    find "$versions" -mindepth 1 -maxdepth 1 -name '3.*' | sort -rV | sed 's|$|/bin/python3|'
  fi
}

# Prints the path of a usable Python, or fails with one line that says what to do.
find_python() {
  local named=${STEADYFLEET_PYTHON:-${PYTHON:-}} candidate
  if [ -n "$named" ]; then
    usable_python "$named" || {
      echo "The Python named by STEADYFLEET_PYTHON or PYTHON ($named) is not 3.12 or newer with venv: name another." >&2
      return 1
    }
    type -P "$named"
    return
  fi
  while IFS= read -r candidate; do
    if usable_python "$candidate"; then
      echo "$candidate"
      return
    fi
  done < <(python_candidates)
  echo "No Python 3.12 or newer with venv was found on PATH or under pyenv: install one, or name it: STEADYFLEET_PYTHON=/path/to/python3 make ..." >&2
  return 1
}
