#!/bin/bash
# idle.sh: what a tick costs when nothing happened, and how fast a backlog is read.
# Run it inside with_cluster.sh:
#   test/harness/with_cluster.sh test/bench/idle.sh
# KINDS (30), MONTHS (36), ROWS (1000000: the busy kind), RUNS (21). Prints what | figure | aim.
set -euo pipefail
: "${KINDS:=30}" "${MONTHS:=36}" "${ROWS:=1000000}" "${RUNS:=21}"
export PGDATABASE=bench_idle PGOPTIONS='-c client_min_messages=warning -c timezone=UTC -c jit=off'
psql -qXd postgres -c "DROP DATABASE IF EXISTS bench_idle" -c "CREATE DATABASE bench_idle"
ask() { psql -qXAt -v ON_ERROR_STOP=1 "$@"; }
line() { printf '%-62s | %14s | %s\n' "$1" "$2" "$3"; }

ask -v kinds="$KINDS" -v months="$MONTHS" >/dev/null <<'SQL'
CREATE EXTENSION salespulse CASCADE;
CREATE SCHEMA bench;
-- the median of some empty batches, each with its commit, in milliseconds
CREATE TABLE bench.took (ms float8);
CREATE PROCEDURE bench.empty(consumer text, runs int) LANGUAGE plpgsql AS $$
DECLARE since timestamptz;
BEGIN
	TRUNCATE bench.took;
	FOR i IN -2 .. runs LOOP
		COMMIT;
		since := clock_timestamp();
		IF EXISTS (SELECT FROM pulse_internal.next_batch(consumer, 10000)) THEN
			RAISE 'the batch is not empty';
		END IF;
		COMMIT;
		IF i > 0 THEN
			INSERT INTO bench.took VALUES (extract(epoch FROM clock_timestamp() - since) * 1000);
		END IF;
	END LOOP;
END $$;
CREATE FUNCTION bench.median() RETURNS numeric LANGUAGE sql
AS $$ SELECT round((percentile_cont(0.5) WITHIN GROUP (ORDER BY ms))::numeric, 2) FROM bench.took $$;
CREATE TABLE bench.slice (events bigint);
CREATE PROCEDURE bench.drain(consumer text, max_events int) LANGUAGE plpgsql AS $$
DECLARE n bigint;
BEGIN
	TRUNCATE bench.slice;
	LOOP
		SELECT count(*) INTO n FROM pulse_internal.next_batch(consumer, max_events);
		INSERT INTO bench.slice VALUES (n);
		COMMIT;
		EXIT WHEN n = 0;
	END LOOP;
END $$;

-- kinds with so many months behind them, each with some rows
SELECT pulse.set_clock(date_trunc('month', clock_timestamp()) - (:months - 3) * interval '1 month');
SELECT pulse.create_event('kind_' || i, 'customer int, amount numeric') FROM generate_series(1, :kinds) AS i;
SELECT pulse.set_clock(date_trunc('month', clock_timestamp()) - m * interval '1 month') || '', pulse_internal.maintain_events() || ''
FROM generate_series(:months - 6, 0, -3) AS m;
SELECT pulse.set_clock(NULL), pulse_internal.maintain_events();
INSERT INTO pulse_event.kind_1 (recorded, at, customer)
	SELECT r, r, 1 FROM generate_series(date_trunc('month', clock_timestamp()) - (:months - 3) * interval '1 month', clock_timestamp(), '1 day') AS r;
SELECT pulse_internal.register_consumer('idle');
VACUUM ANALYZE;
SQL
leaves=$(ask -c "SELECT max(leaves) FROM pulse.stat_events")
ask -c "CALL bench.empty('idle', $RUNS)"
line "idle tick over $KINDS kinds of $leaves leaves, ms" "$(ask -c 'SELECT bench.median()')" "< 10"
locks=$(ask <<'SQL'
BEGIN;
SELECT FROM pulse_internal.next_batch('idle', 10000);
SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid();
ROLLBACK;
SQL
)
line "locks it holds at its end" "$locks" "< 100"

# one kind with many rows, all read before
ask -c "INSERT INTO pulse_event.kind_2 (customer, amount) SELECT i % 1000, i FROM generate_series(1, $ROWS) AS i" \
	-c "SELECT pulse_internal.register_consumer('busy')" -c "CALL bench.drain('idle', 100000)" >/dev/null
ask -c "CALL bench.empty('busy', $RUNS)"
line "empty batch, $ROWS rows in the hot leaf, not summarised, ms" "$(ask -c 'SELECT bench.median()')" "stated"
ask -c "SELECT pulse_internal.maintain_events()" >/dev/null
ask -c "CALL bench.empty('busy', $RUNS)"
all=$(ask -c 'SELECT bench.median()')
line "empty batch over $KINDS kinds, that leaf summarised, ms" "$all" "< 10"
line "the same per kind, ms" "$(ask -c "SELECT round($all / $KINDS, 3)")" "< 1"

# a backlog of one transaction, in slices
for slice in 1000 10000 100000; do
	ask -c "INSERT INTO pulse_event.kind_3 (customer, amount) SELECT i % 1000, i FROM generate_series(1, $((ROWS / 2))) AS i" >/dev/null
	since=$(date +%s%N)
	ask -c "CALL bench.drain('idle', $slice)"
	took=$((($(date +%s%N) - since) / 1000000))
	read -r events < <(ask -c "SELECT sum(events) FROM bench.slice")
	[ "$events" = $((ROWS / 2)) ] || { echo "read $events of $((ROWS / 2)) events" >&2; exit 1; }
	line "backlog of $events in slices of $slice, thousand events/s" "$((events / took))" "> 100"
done
ask -c "INSERT INTO pulse_event.kind_3 (customer, amount) SELECT i % 1000, i FROM generate_series(1, $((ROWS / 2))) AS i" >/dev/null
since=$(date +%s%N)
psql -qXAt -c "SET maintenance_work_mem = '1MB'" -c "CALL bench.drain('idle', 10000)"
took=$((($(date +%s%N) - since) / 1000000))
line "the same in 10000, memory for a thirtieth of it, thousand/s" "$((ROWS / 2 / took))" "stated"
psql -qXd postgres -c "DROP DATABASE bench_idle"
