#!/usr/bin/env bash
# Installs what the lab and the tests need, and nothing twice. All of it lands under build/, system packages aside:
# those come by apt, only when some are missing, and only when root or a passwordless sudo allows it.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
. tools/find_python.sh

# command -> Debian package that brings it
declare -A system_packages=(
  [apt-get]=apt [curl]=curl [dpkg-deb]=dpkg [haproxy]=haproxy [ip]=iproute2 [iptables]=iptables
  [node]=nodejs [npm]=npm [nsenter]=util-linux [shellcheck]=shellcheck
)
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

fail() {
  echo "setup: $*" >&2
  exit 1
}

# quietly LOG COMMAND...: what an installer says matters only when it fails.
quietly() {
  local log=$1
  shift
  "$@" >"$log" 2>&1 || {
    tail -n 25 "$log" >&2
    fail "failed: $* (everything it said: $log)"
  }
}

missing_packages() {
  local command
  for command in "${!system_packages[@]}"; do
    command -v "$command" >/dev/null || echo "${system_packages[$command]}"
  done | sort -u
}

install_system_packages() {
  local packages become=()
  mapfile -t packages < <(missing_packages)
  [ "${#packages[@]}" -gt 0 ] || return 0
  [ "$(id -u)" -eq 0 ] || become=(sudo -n)
  if ! command -v apt-get >/dev/null || ! "${become[@]}" true 2>/dev/null; then
    fail "these packages are missing and may not be installed from here: ${packages[*]}. Install them and run this again."
  fi
  echo "setup: installing system packages: ${packages[*]}"
  quietly build/setup-apt.log "${become[@]}" apt-get -qq update
  quietly build/setup-apt.log "${become[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -qq install --yes --no-install-recommends "${packages[@]}"
  # The lab runs its own HAProxy: the service that the package just started has no work here.
  if [[ " ${packages[*]} " == *" haproxy "* ]] && [ -d /run/systemd/system ]; then
    "${become[@]}" systemctl disable --quiet --now haproxy.service || true
  fi
  mapfile -t packages < <(missing_packages)
  [ "${#packages[@]}" -eq 0 ] || fail "still missing after the installation: ${packages[*]}"
}

# stamped FILE VALUE: whether FILE says that VALUE is what is installed.
stamped() {
  [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]
}

install_python_packages() {
  # The folder is part of it: scripts in a virtual environment name their interpreter by its full path.
  local stamp=build/venv/.steadyfleet python wanted
  wanted="$root $(cat tools/{requirements,constraints,collections}.txt tools/{install_collections,pip_configuration}.py | cksum)"
  if stamped "$stamp" "$wanted" && build/venv/bin/python -c "" 2>/dev/null; then
    return
  fi
  python=$(find_python) || exit 1
  echo "setup: installing Python packages into build/venv, with $python"
  rm -rf build/venv
  quietly build/setup-pip.log "$python" -m venv build/venv
  quietly build/setup-pip.log build/venv/bin/python -m pip install --no-compile --cache-dir build/cache/pip \
    --disable-pip-version-check -r tools/requirements.txt -c tools/constraints.txt
  quietly build/setup-collections.log build/venv/bin/python tools/install_collections.py
  compile_ahead
  build/venv/bin/python tools/pip_configuration.py build/home/.config/pip/pip.conf
  echo "$wanted" >"$stamp"
}

# Compiled on first use, these would slow the first demo down, and its overhead per host would tell of that.
compile_ahead() {
  local site packages=(ansible boto3 botocore jinja2 moto urllib3 werkzeug yaml)
  site=$(build/venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
  quietly build/setup-compile.log tools/run python -m compileall -q -j 0 \
    "${packages[@]/#/$site/}" build/collections/ansible_collections/amazon
}

install_node_packages() {
  local stamp=build/npm/.steadyfleet wanted
  wanted="$(node --version) $(cksum <tools/npm/package-lock.json)"
  if stamped "$stamp" "$wanted"; then
    return
  fi
  node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' ||
    fail "Node.js $(node --version) is too old: the lab's application needs 18 or newer."
  echo "setup: installing npm packages into build/npm"
  rm -rf build/npm
  mkdir -p build/npm
  cp tools/npm/package.json tools/npm/package-lock.json build/npm/
  quietly build/setup-npm.log npm ci --prefix build/npm --cache build/cache/npm --ignore-scripts --no-audit --no-fund
  echo "$wanted" >"$stamp"
}

# The repository root is the collection: this link gives it the place where Ansible and Python look for one.
link_collection() {
  local folder=build/collections/ansible_collections/steadyfleet
  mkdir -p "$folder"
  ln -sfn ../../../.. "$folder/aws_patching"
}

# Ansible's sockets are in build/tmp, with 42 more bytes in their names, and a socket's name has 107 at most.
length=$(printf %s "$(pwd -P)" | wc -c)
[ "$length" -le 65 ] || fail "the path of this folder has $length bytes, and Ansible's sockets allow 65: move it to a shorter one."
mkdir -p build/cache build/home build/tmp
# Two setups in one clone take turns.
if command -v flock >/dev/null; then
  exec 9>build/setup.lock
  flock 9
fi
install_system_packages
link_collection
install_python_packages
install_node_packages
