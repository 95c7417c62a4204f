#!/bin/bash
# rollup.sh: daily sums per store and SKU kept by a rollup, by a hand-written upsert, by REFRESH. Run it inside with_cluster.sh:
#   PULSE_CONF=$'shared_buffers = 4GB\nmax_wal_size = 16GB' test/harness/with_cluster.sh test/bench/rollup.sh
# HISTORY ("200000 2000000"): rows behind, one run of each; "2000000 20000000" is the long form.
# NEW (100000) rows of today and LATE (1000) rows of 90 days per round, RUNS (5), TRANSACTIONS (3000) of one row.
# Checks the rollup against the plain query at the end of each run.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
: "${HISTORY:=200000 2000000}" "${NEW:=100000}" "${LATE:=1000}" "${RUNS:=5}" "${TRANSACTIONS:=3000}"
export PGDATABASE=bench_rollup PGOPTIONS='-c client_min_messages=warning -c jit=off -c max_parallel_workers_per_gather=0 -c timezone=UTC'
folds=$(mktemp)
trap 'rm -f "$folds"' EXIT
for rows in $HISTORY; do
	psql -qXd postgres -c "DROP DATABASE IF EXISTS bench_rollup" -c "CREATE DATABASE bench_rollup"
	psql -qXAt -v ON_ERROR_STOP=1 -v rows="$rows" -v new="$NEW" -v late="$LATE" -v runs="$RUNS" -f "$here/rollup_load.sql" >/dev/null
	"$here/ratio.pl" "$here/rollup.sql" --runs "$RUNS" --var "new=$NEW" --title "rollup by day, store and SKU: $rows rows behind, $NEW new and $LATE late ones" | tee -a "$folds"
	psql -qXAt -c "SELECT CASE WHEN EXISTS (SELECT FROM pulse.check_rollup('daily')) THEN 'WRONG' ELSE 'right' END" |
		sed 's/^/answer checked: the rollup equals the plain query: /'
done
if [ "$TRANSACTIONS" != 0 ]; then
	echo "single rows per second (one client, asynchronous commits)"
	for table in scan scan_hand scan_rollup scan_busy; do
		psql -qXAt -c "SELECT 'scan_busy' = '$table' AND pulse_internal.fold_rollups() >= 0" >/dev/null
		printf '\\set s random(1, 867)\n\\set k random(1, 2000)\nINSERT INTO bench.%s VALUES (nextval('"'bench.ids'"'), timestamptz '"'2026-06-29 13:00+00'"', :s, :k, 1, 500);\n' "$table" >"$folds.sql"
		printf '  %-12s %s\n' "$table" "$(PGOPTIONS='-c synchronous_commit=off' pgbench -n -M prepared -c 1 -t "$TRANSACTIONS" -f "$folds.sql" bench_rollup 2>/dev/null | awk '/^tps/ { printf "%.0f", $3 }')"
	done
	rm -f "$folds.sql"
fi
# cost follows change, not history
awk '/^fold_/ { if ($1 in first) printf "%s, last history / first: %.2f (aim 1.20)\n", $1, $NF / first[$1]; else first[$1] = $NF }' "$folds"
