#!/bin/bash
# rollup.sh: daily sums per store and SKU kept by a rollup, by a hand-written upsert, by REFRESH. Run it inside with_cluster.sh:
#   PULSE_CONF=$'shared_buffers = 4GB\nmax_wal_size = 16GB' test/harness/with_cluster.sh test/bench/rollup.sh
# HISTORY ("200000 2000000"): rows behind, one run of each; "2000000 20000000" is the long form.
# NEW (100000) rows of today and LATE (1000) rows of 90 days per round, RUNS (5), TRANSACTIONS (3000) of one row.
# COPY=1000000 rows copied into each kind of table (0: none). Real orders are copied, too, where PULSE_SHARED names them.
# Checks the rollup against the plain query at the end of each run.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
: "${HISTORY:=200000 2000000}" "${NEW:=100000}" "${LATE:=1000}" "${RUNS:=5}" "${TRANSACTIONS:=3000}" "${COPY:=1000000}"
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
sql() { psql -qXAt -v ON_ERROR_STOP=1 "$@"; }
median() { sort -g | awk '{ v[NR] = $1 } END { print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
copied() {	# table, file, rows: seconds of COPY into the empty table
	sql -c "TRUNCATE $1" -c CHECKPOINT -c "SELECT pulse.rebuild_rollup(r.name) FROM pulse.rollups AS r WHERE r.source = '$1'::regclass" >/dev/null
	sql <<-SQL
	SELECT clock_timestamp() AS began \gset
	COPY $1 FROM '$2';
	SELECT extract(epoch FROM clock_timestamp() - :'began');
	SQL
}
copies() {	# what, bare table, table with a rollup, file, rows
	for ((i = 0; i < RUNS; i++)); do
		bare=$(copied "$2" "$4") kept=$(copied "$3" "$4")
		echo "$bare $kept" >>"$folds.copy"
	done
	awk '{ print $2 / $1 }' "$folds.copy" | median >"$folds.ratio"
	printf 'COPY of %s, with a rollup / bare: %.2f (aim 2.2); %.0f rows per second (aim 150000)\n' "$1" "$(cat "$folds.ratio")" \
		"$(awk -v rows="$5" '{ print rows / $2 }' "$folds.copy" | median)"
	rm -f "$folds.copy" "$folds.ratio"
}
if [ "$COPY" != 0 ]; then
	work=$(mktemp -d)
	chmod 755 "$work"
	sql -c "CREATE TABLE bench.copy_bare (LIKE bench.scan INCLUDING ALL)" -c "CREATE TABLE bench.copy_kept (LIKE bench.scan INCLUDING ALL)" \
		-c "SELECT pulse.create_rollup('copied', 'bench.copy_kept', 'at', 'day', '{store,sku}', '{count,sum(quantity),sum(amount)}', rollup_schema => 'bench')" \
		-c "COPY (SELECT * FROM bench.scan LIMIT $COPY) TO '$work/scan.copy'" >/dev/null
	copies "generated scans" bench.copy_bare bench.copy_kept "$work/scan.copy" "$(wc -l <"$work/scan.copy")"
	iowa=${PULSE_SHARED:-}/data/iowa/iowa_sales_2021-07_2021-12.csv.xz
	if [ -r "$iowa" ]; then
		columns=$(xzcat "$iowa" | sed -n 1p)
		sql -c "CREATE TABLE bench.iowa_text ($(sed 's/[^,]*/"&" text/g' <<<"$columns"))"
		xzcat "$iowa" | sql -c "COPY bench.iowa_text FROM STDIN (FORMAT csv, HEADER)"
		sql -f "$here/rollup_iowa.sql" -v file="$work/iowa.copy" >/dev/null
		copies "real orders" bench.iowa_bare bench.iowa_kept "$work/iowa.copy" "$(wc -l <"$work/iowa.copy")"
		sql -c "SELECT CASE WHEN (SELECT sum(sum_dollars) FROM bench.iowa_daily) = (SELECT sum(dollars) FROM bench.iowa_kept) THEN 'right' ELSE 'WRONG' END" |
			sed 's/^/answer checked: the sum of the real orders: /'
	fi
	rm -rf "$work"
fi
if [ "$TRANSACTIONS" != 0 ]; then
	echo "single rows per second (one client, asynchronous commits)"
	for table in scan scan_hand scan_rollup scan_busy; do
		psql -qXAt -c "SELECT 'scan_busy' = '$table' AND pulse_internal.fold_rollups() >= 0" >/dev/null
		printf '\\set s random(1, 867)\n\\set k random(1, 2000)\nINSERT INTO bench.%s VALUES (nextval('"'bench.ids'"'), timestamptz '"'2026-06-29 13:00+00'"', :s, :k, 1, 500);\n' "$table" >"$folds.sql"
		printf '  %-12s %s\n' "$table" "$(PGOPTIONS='-c synchronous_commit=off' pgbench -n -M prepared -c 1 -t "$TRANSACTIONS" -f "$folds.sql" bench_rollup 2>/dev/null | awk '/^tps/ { printf "%.0f", $3 }')"
	done
	rm -f "$folds.sql"
fi
# cost follows change, not history: the folds' CPU time, as a ratio to the insert of the same run
awk '/^fold_/ { if ($1 in first) printf "%s, last history / first: %.2f (aim 1.20)\n", $1, $3 / first[$1]; else first[$1] = $3 }' "$folds"
