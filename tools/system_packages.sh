#!/bin/sh
# The programs that the tests need beside Python: a browser, a PostgreSQL server with PostGIS (the match benchmark's
# competitor, tests/bench), and PDF tools.
# Installs what is missing where it may (root with apt-get); elsewhere it says which command to run, and stops.
set -eu

missing=""
command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 || missing="$missing chromium"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1 || missing="$missing postgresql"
command -v pdftotext >/dev/null 2>&1 || missing="$missing poppler-utils"

# PostGIS is a package for each version of PostgreSQL: of the newest that is installed, else of the one that is going to be.
server="$(ls /usr/lib/postgresql 2>/dev/null | sort -n | tail -n 1)"
if [ -z "$server" ] && command -v apt-cache >/dev/null 2>&1; then
	server="$(apt-cache depends postgresql 2>/dev/null | sed -n 's/.*Depends: postgresql-\([0-9][0-9]*\)$/\1/p' | head -n 1)"
fi
if [ -n "$server" ] && [ ! -e "/usr/share/postgresql/$server/extension/postgis.control" ]; then
	missing="$missing postgresql-$server-postgis-3"
fi
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
	echo "Installing$missing"
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -qq
	case "$missing" in
	*-postgis-3*) ;;
	*postgresql*) # a bare machine knows the version only now
		server="$(apt-cache depends postgresql | sed -n 's/.*Depends: postgresql-\([0-9][0-9]*\)$/\1/p' | head -n 1)"
		missing="$missing postgresql-$server-postgis-3"
		;;
	esac
	# shellcheck disable=SC2086  # one word for each package
	apt-get install -y -qq --no-install-recommends $missing >/dev/null
	exit 0
fi

echo "The tests need programs that this machine does not have:$missing" >&2
if command -v apt-get >/dev/null 2>&1; then
	echo "Run this, then make test again:" >&2
	echo "    sudo apt-get update && sudo apt-get install --no-install-recommends$missing" >&2
elif command -v brew >/dev/null 2>&1; then
	echo "Run this, then make test again:" >&2
	echo "    brew install postgresql postgis poppler && brew install --cask chromium" >&2
else
	echo "Install them with your system's package program, then run make test again." >&2
fi
exit 1
