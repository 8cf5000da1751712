#!/bin/sh
# Install the front-end packages that package-lock.json names, with the machine's npm or, where Node is
# missing or too old for the style compiler, with one from a Python wheel. No script of a package is run.
set -eu
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"
export PATH

# Node 20.19 is the oldest that compiles the styles.
new_enough() {
	command -v npm >/dev/null 2>&1 && node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null
}

if ! new_enough; then
	echo "Installing Node (this machine has none that is new enough)"
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/node.txt
fi
npm ci --no-audit --no-fund --ignore-scripts --loglevel=error
