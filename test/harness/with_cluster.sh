#!/bin/bash
# with_cluster.sh COMMAND...: build salespulse, install it into a private copy of
# the server, start a throwaway cluster, run COMMAND in a copy of the tree, stop.
#
# COMMAND runs never as root, with PATH, PGHOST, PGPORT, PGUSER, PGDATABASE and
# PG_CONFIG set for that cluster, and PULSE_TREE, PULSE_STAGE, PULSE_WORK.
# Environment:
#   PULSE_WORK   keep the work in this folder and go on from it (faster, for development)
#   PULSE_CONF   lines for postgresql.conf
#   PULSE_COPT   flags for the compiler, such as -Werror
#   PULSE_QUIET  show the build only when it fails
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)

work=${PULSE_WORK:-}
if [ -z "$work" ]; then
	work=$(mktemp -d "${TMPDIR:-/tmp}/salespulse.XXXXXX")
	discard=1
fi
mkdir -p "$work"
if [ "$(id -u)" = 0 ]; then
	as() { runuser -u "${PULSE_USER:-postgres}" -- "$@"; }
	chown "${PULSE_USER:-postgres}" "$work"
else
	as() { "$@"; }
fi
stage=$work/stage
tree=$work/tree
say() { [ -n "${PULSE_QUIET:-}" ] || printf '%s\n' "$*" >&2; }

cleanup() {
	[ -f "$work/data/postmaster.pid" ] && as "$bindir/pg_ctl" -D "$work/data" -m immediate stop >/dev/null 2>&1
	[ -n "${discard:-}" ] && rm -rf "$work"
	return 0
}
trap cleanup EXIT
trap 'exit 130' INT TERM

say "  copying the tree and the server into $work"
mkdir -p "$tree"
(cd "$top" && tar cf - --exclude=./.git --exclude='*.o' --exclude='*.bc' --exclude='*.so' --exclude='*.d' \
	--exclude=./build --exclude='./control/salespulse--*--*.sql' .) | (cd "$tree" && tar xf - --no-same-owner)
[ -d "$stage" ] || "$here/stage.sh" "$stage" >/dev/null
bindir=$stage$("${PG_CONFIG:-pg_config}" --bindir)
[ -x "$bindir/pg_config" ] || bindir=$(find "$stage" -name pg_config -path '*bin*' -printf '%h\n' -quit)
[ "$(id -u)" = 0 ] && chown -R "${PULSE_USER:-postgres}" "$tree" "$stage"

say "  building"
if ! as make -s -j2 -C "$tree" PG_CONFIG="$bindir/pg_config" with_llvm=no COPT="${PULSE_COPT:-}" install >"$work/build.log" 2>&1; then
	cat "$work/build.log" >&2
	exit 1
fi
grep -E 'warning|error' "$work/build.log" >&2 || true

if [ ! -d "$work/data" ]; then
	say "  starting a cluster of its own"
	as "$bindir/initdb" -D "$work/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 -N >"$work/initdb.log" 2>&1 ||
		{ cat "$work/initdb.log" >&2; exit 1; }
	mkdir -p "$work/sock"
	[ "$(id -u)" = 0 ] && chown "${PULSE_USER:-postgres}" "$work/sock"
	as tee -a "$work/data/postgresql.conf" >/dev/null <<EOF
listen_addresses = ''
unix_socket_directories = '$work/sock'
max_prepared_transactions = 10
fsync = off
log_min_messages = warning
${PULSE_CONF:-}
EOF
fi
as "$bindir/pg_ctl" -D "$work/data" -l "$work/server.log" -w start >/dev/null || { cat "$work/server.log" >&2; exit 1; }

cd "$tree"
status=0
as env PATH="$bindir:$PATH" PGHOST="$work/sock" PGPORT=5432 PGUSER=postgres PGDATABASE=postgres \
	PG_CONFIG="$bindir/pg_config" PULSE_TREE="$tree" PULSE_STAGE="$stage" PULSE_WORK="$work" \
	PULSE_SHARED="${PULSE_SHARED:-$top/../shared}" HOME="$work" "$@" || status=$?
as "$bindir/pg_ctl" -D "$work/data" -m fast -w stop >/dev/null 2>&1 || true
exit $status
