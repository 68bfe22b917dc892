#!/bin/sh
# Resolve pyproject.toml into the two hashed locks. Universal: one lock for every Python from 3.11 and every platform.
# No index address is written into them. Usage: tools/lock.sh [PYTHON]   (make lock; LOCK_FLAGS=--upgrade to move forward)
set -eu
cd "$(dirname "$0")/.."
python=${1:-python3}

if command -v uv >/dev/null; then
  uv=uv
else
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  "$python" -m venv --without-pip "$scratch/venv"
  "$python" -m pip --python "$scratch/venv/bin/python" install -q uv
  uv=$scratch/venv/bin/uv
fi

compile() {
  # shellcheck disable=SC2086  (LOCK_FLAGS is a list)
  "$uv" pip compile pyproject.toml --quiet --universal --python "$python" --python-version 3.11 --generate-hashes \
    --no-header --no-emit-index-url --no-emit-find-links ${LOCK_FLAGS:-} "$@"
}
compile --group build --output-file requirements.lock
# All extras but one: Ray is 260 MB that one test needs (the leg "cluster" says how it comes by it).
compile --group build --group dev --extra hsm --extra s3 --extra cdr --constraint requirements.lock --output-file requirements-dev.lock

if grep -nE 'https?://|file:|--(extra-)?index' requirements.lock requirements-dev.lock; then
  echo "lock: an address got into the lock" >&2
  exit 1
fi
