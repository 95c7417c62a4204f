#!/bin/bash
# rollup_cold.sh: folding late rows when no page of the rollup is in memory, with ten times the history, and when all are. Run it inside
#   PULSE_WORK=/folder/to/keep PULSE_CONF=$'shared_buffers = 3GB\nmax_wal_size = 16GB' test/harness/with_cluster.sh test/bench/rollup_cold.sh
# Before each cold fold the server is stopped and its files leave the cache of the system. Pages are those read into the buffers
# of the server: a leaf of the index for each touched cell, and the page of the cell where there is one already.
# TOUCH says which cells late rows touch: any (some of them exist, more with more history), there (all exist), new (none does).
# At work: CPU time of the process that folds, which those who wait for the machine do not change.
# NEW (0) more rows of today come with the late ones.
# HISTORY ("200000 2000000"; "2000000 20000000" is the long form) rows over 90 days, 867 stores, 2,000 SKUs; LATE (1000) of them late; RUNS (5).
set -euo pipefail
: "${HISTORY:=200000 2000000}" "${LATE:=1000}" "${RUNS:=5}" "${TOUCH:=any}" "${NEW:=0}"
export PGOPTIONS='-c client_min_messages=warning -c jit=off -c max_parallel_workers_per_gather=0 -c timezone=UTC'
sql() { psql -qXAt -v ON_ERROR_STOP=1 "$@"; }
median() { sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
late() {	# which: the rows, and a checkpoint, so that each page touched is logged in full
	sql >/dev/null <<-SQL
	SELECT setseed($1 / 1000.0);
	INSERT INTO bench.scan SELECT 1, k.at, k.store, k.sku, 1, 1 FROM bench.known AS k WHERE '$TOUCH' = 'there' ORDER BY random() LIMIT $LATE;
	INSERT INTO bench.scan SELECT 1, timestamptz '2026-06-29 12:00+00' - interval '89 days' * random(), 1 + floor(867 * random() ^ 2)::int,
		1 + floor(2000 * random() ^ 3)::int + CASE '$TOUCH' WHEN 'new' THEN 10000 * $1 ELSE 0 END, 1, 1 FROM generate_series(1, $LATE) WHERE '$TOUCH' <> 'there';
	INSERT INTO bench.scan SELECT 1, timestamptz '2026-06-29 12:00+00' + interval '10 hours' * random(), 1 + floor(867 * random() ^ 2)::int,
		1 + floor(2000 * random() ^ 3)::int, 1, 1 FROM generate_series(1, $NEW);
	CHECKPOINT;
	SQL
}
fold() {	# seconds, of them at work, pages of the heap, pages of the index
	sql -F ' ' <<-'SQL'
	SELECT count(*) FROM pulse.rollups \g /dev/null
	SELECT heap_blks_read AS heap, idx_blks_read AS leaves FROM pg_statio_user_tables WHERE relname = 'daily_cells' \gset
	SELECT bench.cpu() AS began, clock_timestamp() AS since \gset
	SELECT pulse_internal.fold_rollups(1000000) \g /dev/null
	SELECT bench.cpu() - :began AS cpu, extract(epoch FROM clock_timestamp() - :'since') AS seconds, pg_stat_force_next_flush() \gset
	SELECT :seconds, :cpu, heap_blks_read - :heap, idx_blks_read - :leaves FROM pg_statio_user_tables WHERE relname = 'daily_cells';
	SQL
}
forget() {
	pg_ctl -D "$PULSE_WORK/data" -m fast -w stop >/dev/null
	sync
	python3 -c 'import os, sys
for name in sys.argv[1:]:
	fd = os.open(name, os.O_RDONLY)
	os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
	os.close(fd)' "$PULSE_WORK"/data/base/*/*
	pg_ctl -D "$PULSE_WORK/data" -w -l "$PULSE_WORK/server.log" start >/dev/null
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '%10s %10s  %-5s %8s %8s %11s %12s\n' history cells pages seconds "at work" "heap pages" "index pages"
for rows in $HISTORY; do
	export PGDATABASE=bench_cold
	psql -qXd postgres -c "DROP DATABASE IF EXISTS bench_cold" -c "CREATE DATABASE bench_cold"
	sql -v rows="$rows" >/dev/null <<-'SQL'
	SET work_mem = '1GB';
	CREATE EXTENSION salespulse CASCADE;
	CREATE EXTENSION pg_prewarm;
	SELECT pulse.set_setting('timezone', 'UTC'), setseed(0.42);
	CREATE SCHEMA bench;
	CREATE FUNCTION bench.cpu() RETURNS numeric LANGUAGE sql AS $$
		SELECT split_part(pg_read_file(format('/proc/%s/schedstat', pg_backend_pid())), ' ', 1)::numeric / 1e9 $$;
	CREATE TABLE bench.scan (id bigint NOT NULL, at timestamptz NOT NULL, store int NOT NULL, sku int NOT NULL, quantity int NOT NULL, amount bigint NOT NULL);
	INSERT INTO bench.scan SELECT g, timestamptz '2026-04-01 00:00+00' + interval '89.5 days' * (g::float8 / :rows), 1 + floor(867 * random() ^ 2)::int,
		1 + floor(2000 * random() ^ 3)::int, 1 + floor(5 * random())::int, (100 + 9900 * random() ^ 2)::bigint
	FROM generate_series(1, :rows) AS g;
	SELECT pulse.create_rollup('daily', 'bench.scan', 'at', 'day', '{store,sku}', '{count,sum(quantity),sum(amount)}', rollup_schema => 'bench');
	CREATE TABLE bench.known AS SELECT at, store, sku FROM bench.scan WHERE at < '2026-06-28' AND random() < 20000.0 / :rows;
	VACUUM (ANALYZE) bench.daily_cells;
	SQL
	cells=$(sql -c "SELECT count(*) FROM bench.daily_cells")
	for kind in cold warm; do
		for ((i = 1; i <= RUNS; i++)); do
			late "$i"
			if [ $kind = cold ]; then forget; fi
			if [ $kind = warm ]; then sql -c "SELECT pg_prewarm('bench.daily_cells'), pg_prewarm(indexrelid) FROM pg_index WHERE indrelid = 'bench.daily_cells'::regclass" >/dev/null; fi
			fold
		done >"$work/$kind"
		printf '%10s %10s  %-5s %8.3f %8.3f %11s %12s\n' "$rows" "$cells" $kind $(for n in 1 2 3 4; do cut -d' ' -f$n "$work/$kind" | median; done)
	done
	sql -c "SELECT CASE WHEN (SELECT sum(sum_amount) FROM bench.daily) = (SELECT sum(amount) FROM bench.scan) AND (SELECT sum(count) FROM bench.daily) = (SELECT count(*) FROM bench.scan) THEN 'right' ELSE 'WRONG' END" |
		sed 's/^/answer checked: the sums of the rollup are those of the table: /'
done
