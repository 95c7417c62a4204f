#!/bin/bash
# run.sh: the standing gates, inside with_cluster.sh. One application with its
# history is run through salespulse in several settings that must not matter;
# its digest (digest.sql) must come out the same each time. Prints "ok NAME",
# "not ok NAME" with the difference, or "skip NAME: why".
set -uo pipefail
cd "$(dirname "$0")"
work=$PULSE_WORK/gates
mkdir -p "$work"
export PULSE_LEDGER=generated
days=75
status=0

export PGOPTIONS="-c client_min_messages=warning"
sql() { psql -qXAt -v ON_ERROR_STOP=1 "$@"; }
same() {	# name, expected, got
	if diff "$2" "$3" >"$work/diff"; then
		echo "ok $1"
	else
		echo "not ok $1"
		head -40 "$work/diff"
		status=1
	fi
}
live() { sql -d "$1" -f ../demo/pulse.sql >/dev/null && sql -d "$1" -v wait_for_relay=false -f ../demo/replay.sql >/dev/null; }
digest() { sql -d "$1" -f digest.sql >"$work/$1.digest" 2>&1; }
inventory() { sql -d "$1" -f inventory.sql >"$work/$1.inventory" 2>&1; }

for db in gate_plain gate_shanghai gate_hostile gate_role; do
	dropdb --if-exists --force $db 2>/dev/null
	../demo/load.sh $db $days >/dev/null
done
live gate_plain
digest gate_plain
if [ "$(wc -l <"$work/gate_plain.digest")" -gt 100 ]; then
	echo "ok digest has substance"
else
	echo "not ok digest has substance"
	cat "$work/gate_plain.digest"
	exit 1
fi

# the server's time zone must not matter
sql -d postgres -c "ALTER DATABASE gate_shanghai SET timezone = 'Asia/Shanghai'"
live gate_shanghai
digest gate_shanghai
same "time zone of the server" "$work/gate_plain.digest" "$work/gate_shanghai.digest"

# nor what lies first in the search_path
sql -d gate_hostile -f hostile.sql >/dev/null || { echo "not ok hostile objects"; status=1; }
sql -d gate_hostile -f ../demo/pulse.sql >/dev/null
sql -d postgres -c 'ALTER DATABASE gate_hostile SET search_path = hostile, pg_catalog, public, pulse'
sql -d gate_hostile -v wait_for_relay=false -f ../demo/replay.sql >/dev/null
sql -d gate_hostile -c 'SELECT pulse.check_rollup($$invoiced_daily$$)' >/dev/null
sql -d postgres -c 'ALTER DATABASE gate_hostile RESET search_path'
digest gate_hostile
same "hostile search_path" "$work/gate_plain.digest" "$work/gate_hostile.digest"
sql -d gate_hostile -c "SELECT name, caller, count(*) FROM hostile.called WHERE caller <> 'the application' GROUP BY 1, 2" >"$work/called"
same "nothing hostile was called" /dev/null "$work/called"
sql -d gate_hostile -c "SELECT count(*) > 0 FROM hostile.called" >"$work/called"
same "but by the application's own statements" - "$work/called" <<<t

# nor that the one who works is no superuser
sql -d gate_role -f role.sql >/dev/null
PGOPTIONS="$PGOPTIONS -c role=regress_gate_owner" live gate_role
digest gate_role
same "no superuser" "$work/gate_plain.digest" "$work/gate_role.digest"

# dump and restore: equal, and it works on
inventory gate_plain
dropdb --if-exists --force gate_restored 2>/dev/null
createdb gate_restored
pg_dump gate_plain >"$work/dump.sql"
sql -d gate_restored -f "$work/dump.sql" >/dev/null 2>"$work/restore.log" || { echo "not ok restore"; head "$work/restore.log"; status=1; }
digest gate_restored
inventory gate_restored
same "dump and restore: data" "$work/gate_plain.digest" "$work/gate_restored.digest"
same "dump and restore: objects and configuration" "$work/gate_plain.inventory" "$work/gate_restored.inventory"
for db in gate_plain gate_restored; do
	sql -d $db -f continue.sql >/dev/null
	digest $db
done
same "the restored database works on" "$work/gate_plain.digest" "$work/gate_restored.digest"

# leaving: what leaned on the extension is converted, then it goes without CASCADE, and no fact is lost
events="SELECT event_id, at, customer, invoice, due, amount::text FROM pulse_event.invoice_issued ORDER BY 1"
sql -d gate_restored -c "$events" >"$work/before"
sql -d gate_restored -c 'SELECT * FROM pulse.prepare_uninstall(convert => true)' >"$work/uninstall"
sql -d gate_restored -c 'DROP EXTENSION salespulse' 2>&1 | sed 's/^/# /'
sql -d gate_restored -c "$events" >"$work/after" 2>&1
same "drop without cascade keeps the facts" "$work/before" "$work/after"
sql -d gate_restored -c "SELECT count(*) FROM pg_extension WHERE extname = 'salespulse'" >"$work/left"
same "and nothing of the extension is left" - "$work/left" <<<0

# update from each released version, of the extension and of each pack; they are released together
cd ../..
releases() { ls control/released 2>/dev/null | sed -n 's/^salespulse--\([0-9.]*\)\.sql$/\1/p' | sort -V; }
is_released() { [ -e "control/released/$1--$2.sql" ]; }
current() { sed -n "s/^default_version *= *'\(.*\)'/\1/p" "control/$1.control"; }
extensions=$(cd control && ls *.control | sed 's/\.control$//')
fresh_database() { dropdb --if-exists --force "$1" 2>/dev/null; createdb "$1"; }

update_from() {	# version
	local extension
	fresh_database gate_updated
	for extension in $extensions; do
		! is_released "$extension" "$1" || sql -d gate_updated -c "CREATE EXTENSION $extension VERSION '$1' CASCADE" ||
			{ echo "not ok $extension $1 installs beside this library"; status=1; }
	done
	for extension in $extensions; do
		if is_released "$extension" "$1"; then
			sql -d gate_updated -c "ALTER EXTENSION $extension UPDATE" || { echo "not ok $extension $1 is updated"; status=1; }
		else
			sql -d gate_updated -c "CREATE EXTENSION $extension"
		fi
	done
	(cd test/gates && inventory gate_updated)
	same "update from $1 equals a fresh $(current salespulse)" "$work/gate_fresh.inventory" "$work/gate_updated.inventory"
}

[ -n "$(releases)" ] || echo "skip update: $(current salespulse) is the first release"
fresh_database gate_fresh
for extension in $extensions; do sql -d gate_fresh -c "CREATE EXTENSION $extension CASCADE"; done
(cd test/gates && inventory gate_fresh)
for release in $(releases); do
	update_from "$release"
done
exit $status
