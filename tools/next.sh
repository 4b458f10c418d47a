#!/usr/bin/env bash
# Runs the pure and api tests with the newest ansible-core, amazon.aws, boto3 and botocore on PyPI, pre-releases
# included, in an environment of its own: build/next. It is not part of `make test`, as its result depends on the day.
# Usage: tools/next.sh [PYTEST ARGUMENT...]
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/env.sh
. tools/find_python.sh

next=build/next
# PyPI's newest versions need a newer Python than this collection does.
usable_python() {
  "$1" -I -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 13))' >/dev/null 2>&1
}
python=$(find_python) || {
  echo "The newest ansible-core needs Python 3.13 or newer on the controller." >&2
  exit 1
}
mkdir -p "$next"
[ -x "$next/venv/bin/python" ] || "$python" -m venv "$next/venv"
pip=("$next/venv/bin/python" -m pip --quiet --disable-pip-version-check)
"${pip[@]}" install --upgrade --pre ansible-core boto3 botocore
"${pip[@]}" install flask flask-cors 'moto[ec2,elbv2,ssm]' pytest pytest-xdist werkzeug
rm -rf "$next/download" "$next/collections"
"${pip[@]}" download --pre --no-deps --only-binary=:all: --dest "$next/download" ansible
# The package unpacks to half a gigabyte, and we build on one collection of it.
"$next/venv/bin/python" - "$next" <<'EOF'
import sys, zipfile
from pathlib import Path

folder = Path(sys.argv[1])
(wheel,) = (folder / "download").glob("*.whl")
with zipfile.ZipFile(wheel) as archive:
    names = [name for name in archive.namelist() if name.startswith("ansible_collections/amazon/aws/")]
    archive.extractall(folder / "collections", names)
EOF
rm -rf "$next/download"
mkdir -p "$next/collections/ansible_collections/steadyfleet"
ln -sfn ../../../../.. "$next/collections/ansible_collections/steadyfleet/aws_patching"

export PATH=$PWD/$next/venv/bin:$PATH
export PYTHONPATH=$PWD/$next/collections:$PWD/tests PYTHONPYCACHEPREFIX=$PWD/$next/pycache
export ANSIBLE_COLLECTIONS_PATH=$PWD/$next/collections STEADYFLEET_COLLECTIONS=$PWD/$next/collections
"$next/venv/bin/python" -m pip freeze --disable-pip-version-check | grep -E '^(ansible-core|boto3|botocore)=='
grep -m 1 '"version"' "$next/collections/ansible_collections/amazon/aws/MANIFEST.json"
exec "$next/venv/bin/python" -m pytest --numprocesses="${JOBS:-4}" --dist=loadfile -m "pure or api" \
  -o pythonpath="$next/collections tests" -o cache_dir="$next/cache" "$@"
