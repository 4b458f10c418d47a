# shellcheck shell=bash
# The environment every tool of this repository runs in. Sourced, by tools/run.
#
# Nothing of the user's own may leak in (a real AWS profile, an ansible.cfg), and nothing may be left behind outside
# build/: home, caches and temporary files are all there.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

while IFS= read -r name; do
  unset "$name"
done < <(compgen -v | grep -E '^(ANSIBLE|AWS|MOLECULE)_')
unset PYTHONHOME PYTHONDONTWRITEBYTECODE VIRTUAL_ENV

# Git refuses a clone of another owner unless the user's own configuration trusts it.
if [ -z "${GIT_CONFIG_GLOBAL:-}" ] && [ -f "${HOME:-/nonexistent}/.gitconfig" ]; then
  export GIT_CONFIG_GLOBAL=$HOME/.gitconfig
fi

export HOME=$root/build/home
export TMPDIR=$root/build/tmp
export XDG_CACHE_HOME=$root/build/cache XDG_CONFIG_HOME=$HOME/.config
export XDG_DATA_HOME=$HOME/.local/share XDG_STATE_HOME=$HOME/.local/state
export PATH=$root/build/venv/bin:$root/build/npm/node_modules/.bin:$PATH:/usr/local/sbin:/usr/sbin:/sbin
export PYTHONPATH=$root/build/collections:$root/tests
# Compiled files go here instead of beside each source; setup installs without compiling for the same reason.
export PYTHONPYCACHEPREFIX=$root/build/cache/pycache
export ANSIBLE_HOME=$HOME/.ansible
# A module's files would go below the home that the password database names, not below HOME.
export ANSIBLE_REMOTE_TMP=$TMPDIR/ansible ANSIBLE_PIPELINING=true
export ANSIBLE_COLLECTIONS_PATH=$root/build/collections
# What lies under build/ is no part of the repository around it: tools that ask git what to copy would copy nothing.
export GIT_CEILING_DIRECTORIES=$root/build
# No look for credentials on a cloud's metadata address.
export AWS_EC2_METADATA_DISABLED=true

mkdir -p "$HOME" "$TMPDIR"
unset root name
