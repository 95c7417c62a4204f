#!/bin/bash
# rules.sh: the rule engine on a public stream (rules_stream.pl), backtest and live.
# Run it inside with_cluster.sh:
#   test/harness/with_cluster.sh test/bench/rules.sh
# EVENTS (2000000), DAYS (15: of the stream's 90, fed live day by day), DUE (1000000 waits due
# at once), BACKLOG (1000000 events of one transaction), CYCLES (1000000 waits opened and closed).
# CPU is that of the one backend; memory is its peak without shared buffers.
# Prints what | figure | aim.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
: "${EVENTS:=2000000}" "${DAYS:=15}" "${DUE:=1000000}" "${BACKLOG:=1000000}" "${CYCLES:=1000000}" "${PARTS:=answer live thousand due cycles backlog lanes}"
export PGDATABASE=bench_rules PGOPTIONS='-c client_min_messages=error -c timezone=UTC -c jit=off -c max_parallel_workers_per_gather=0'
work=$PULSE_WORK/rules
mkdir -p "$work"
ask() { psql -qXAt -v ON_ERROR_STOP=1 "$@"; }
line() { printf '%-66s | %14s | %s\n' "$1" "$2" "$3"; }
per() { awk -v n="$1" -v ms="$2" 'BEGIN { printf "%.3f M/s", n / ms / 1000 }'; }
over() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }

# One session runs FILE; sets cpu (ms), memory (MB beyond what it began with), answer (its last line).
measure() {
	{
		echo "SELECT pg_backend_pid() AS pid \\gset"
		echo "\\setenv pid :pid"
		echo "\\! awk '{print \$14 + \$15}' /proc/\$pid/stat > $work/before"
		cat "$1"
		echo "\\! awk '{print \$14 + \$15}' /proc/\$pid/stat > $work/after; awk '/VmHWM/ {h = \$2} /RssShmem/ {s = \$2} END {print int((h - s) / 1024)}' /proc/\$pid/status > $work/peak"
	} >"$work/session.sql"
	ask -f "$work/session.sql" >"$work/out"
	cpu=$(awk -v hz="$(getconf CLK_TCK)" 'NR == FNR {a = $1; next} {print ($1 - a) * 1000 / hz}' "$work/before" "$work/after")
	memory=$(cat "$work/peak")
	answer=$(tail -1 "$work/out")
}

fresh() {
	psql -qXd postgres -c "DROP DATABASE IF EXISTS bench_rules" -c "CREATE DATABASE bench_rules"
	ask >/dev/null <<'SQL'
CREATE EXTENSION salespulse CASCADE;
SELECT pulse.set_clock('2026-01-01 00:00+00');
SELECT pulse.create_event('bench_a', 'customer int, amount numeric, number int'), pulse.create_event('bench_b', 'customer int, amount numeric, number int');
CREATE TABLE staff (id int PRIMARY KEY, name text, email text, mobile text);
INSERT INTO staff SELECT g, 'Rep ' || g, 'rep' || g || '@example.com', '1380000' || g FROM generate_series(1, 100) AS g;
SELECT pulse.map_staff('staff', id => 'id', name => 'name', email => 'email', mobile => 'mobile');
SELECT pulse.map_role('rep', holder => '{7}');
SELECT pulse_internal.register_consumer('rules');
SQL
}
load() {
	perl "$here/rules_stream.pl" "$EVENTS" 1000 "$work/a.tsv" "$work/b.tsv"
	ask >/dev/null <<SQL
\\copy pulse_event.bench_a (event_id, at, recorded, customer, amount, number) FROM $work/a.tsv
\\copy pulse_event.bench_b (event_id, at, recorded, customer, amount, number) FROM $work/b.tsv
VACUUM ANALYZE;
SQL
}
one="WHEN bench_a WHERE amount > 100 PER customer EACH TIME AND NOT bench_b WITHIN 7 days THEN notify rep"
# Days of the stream, each swept when it is over.
days() {
	for d in $(seq 1 "$1"); do
		echo "SELECT pulse.set_clock('2026-01-01 00:00+00'::timestamptz + interval '$d days'); CALL pulse.run(600);"
	done
}
stream_of() { ask -c "SELECT sum(events) FROM pulse.stat_consumers WHERE consumer = 'rules'"; }

part_answer() {
	fresh; load
	ask -c "SELECT pulse.create_rule('one', '$one')" >/dev/null
	echo "SELECT count(*) FROM pulse.backtest('one', '2026-01-01', '2026-05-01');" >"$work/q.sql"
	echo "SELECT count(*) FROM pulse.backtest('one', '2026-01-01', (SELECT max(at) + interval '1 microsecond' FROM (SELECT max(at) AS at FROM pulse_event.bench_a UNION ALL SELECT max(at) FROM pulse_event.bench_b) AS m));" >"$work/q2.sql"
	measure "$work/q2.sql"
	line "firings before the last event" "$answer" "$([ "$EVENTS" = 2000000 ] && echo 564024)"
	measure "$work/q.sql"
	line "firings after the flush" "$answer" "$([ "$EVENTS" = 2000000 ] && echo 621939)"
	line "backtest, events per CPU second" "$(per "$EVENTS" "$cpu")" ">= 1.5 M/s"
	line "  memory beyond shared buffers, sort and result included" "$memory MB" "100 MB beyond the sort"
	local backtest=$cpu
	cat >"$work/w.sql" <<'SQL'
SELECT count(*) FROM (SELECT kind, amount, at, min(at) FILTER (WHERE kind = 2) OVER (PARTITION BY customer ORDER BY at, event_id
		ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS next_b
	FROM (SELECT 1 AS kind, customer, amount, at, event_id FROM pulse_event.bench_a
		UNION ALL SELECT 2, customer, amount, at, event_id FROM pulse_event.bench_b) AS s) AS x
WHERE kind = 1 AND amount > 100 AND (next_b IS NULL OR next_b >= at + interval '7 days');
SQL
	measure "$work/w.sql"
	line "the window query by hand, events per CPU second" "$(per "$EVENTS" "$cpu")" "same answer: $answer"
	line "backtest / the window query" "$(over "$backtest" "$cpu")" "1.13 (1.5 of 1.7 M/s)"
}
part_live() {
	for mode in shadow live; do
		fresh; load
		ask -c "SELECT pulse.create_rule('one', '$one', '$mode')" >/dev/null
		days "$DAYS" >"$work/q.sql"
		local wal
		wal=$(ask -c "SELECT pg_current_wal_insert_lsn()")
		measure "$work/q.sql"
		line "live engine, $mode: events per CPU second" "$(per "$(stream_of)" "$cpu")" "$([ $mode = live ] && echo '>= 0.1 M/s')"
		line "  firings; the backtest's until then" "$(ask -c "SELECT count(*) FROM pulse.firings") $(ask -c "SELECT count(*) FROM pulse.backtest('one', '2026-01-01', '2026-01-01 00:00+00'::timestamptz + interval '$DAYS days' + interval '1 microsecond')")" "equal"
		line "  memory" "$memory MB" ""
		line "  CPU per event; WAL per firing, all told" "$(awk -v c="$cpu" -v n="$(stream_of)" 'BEGIN { printf "%.1f us", c * 1000 / n }') $(ask -c "SELECT round((pg_current_wal_insert_lsn() - '$wal') / (SELECT count(*) FROM pulse.firings)) || ' B'")" "$([ $mode = shadow ] && echo '< 10 us')"
		[ $mode = live ] && line "  CPU per firing with case, message and history" "$(awk -v c="$cpu" -v s="$shadow" -v n="$(ask -c "SELECT count(*) FROM pulse.messages")" 'BEGIN { printf "%.0f us", (c - s) * 1000 / n }')" ""
		shadow=$cpu
	done
}
part_thousand() {
	local single
	for way in one constants 'no others' kinds; do
		fresh; load
		case "$way" in
			one) ask -c "SELECT pulse.create_rule('one', replace('$one', 'amount > 100', 'number is 7'), 'shadow')" ;;
			'no others' | kinds) echo "SELECT format('SELECT pulse.create_event(%L, %L)', 'other_' || n, 'customer int, number int') FROM generate_series(1, 999) AS n \gexec" | ask
				[ "$way" = kinds ] && ask -c "SELECT count(pulse.create_rule('other ' || n, 'WHEN other_' || n || ' WHERE number is 7 PER customer EACH TIME THEN notify rep', 'shadow')) FROM generate_series(1, 999) AS n"
				ask -c "SELECT pulse.create_rule('one', replace('$one', 'amount > 100', 'number is 7'), 'shadow')" ;;
			constants) ask -c "SELECT count(pulse.create_rule('rule ' || n, replace('$one', 'amount > 100', 'number is ' || CASE n WHEN 7 THEN 7 ELSE 1000 + n END), 'shadow')) FROM generate_series(0, 999) AS n" ;;
		esac >/dev/null
		days 5 >"$work/q.sql"
		measure "$work/q.sql"
		case "$way" in
			one) single=$cpu; line "one rule of a thousandth of the events, 5 days" "$cpu ms" "" ;;
			'no others') single=$cpu; line "one rule among a thousand kinds" "$cpu ms" "" ;;
			kinds) line "and 999 rules of the other kinds" "$(over "$cpu" "$single")" "1.2" ;;
			constants) line "and 999 rules of other constants on one kind" "$(over "$cpu" "$single")" "2" ;;
		esac
	done
}
# CPU of all sessions that have ended, in ticks of the clock, once the server has noticed.
ended_cpu() { sleep 1; awk '{print $16 + $17}' "/proc/$(head -1 "$PULSE_WORK/data/postmaster.pid")/stat"; }
# One batch of DAYS days, by one session and by two that share it. For the wall-clock ratio the rest
# of the machine must be idle, and have a processor for each.
part_lanes() {
	local mode n took one_took right used
	for mode in shadow live; do
		for n in 1 2; do
			fresh; load
			ask -c "SELECT pulse.set_setting('lanes', '$n')" -c "SELECT pulse.create_rule('one', '$one', '$mode')" \
				-c "SELECT pulse.set_clock('2026-01-01 00:00+00'::timestamptz + interval '$DAYS days')" >/dev/null
			used=$(ended_cpu)
			took=$(date +%s%N)
			for _ in $(seq "$n"); do ask -c "CALL pulse.run(600)" & done
			wait
			took=$((($(date +%s%N) - took) / 1000000))
			[ "$n" = 1 ] && one_took=$took
			used=$((($(ended_cpu) - used) * 1000 / $(getconf CLK_TCK)))
			right=$(ask -c "SELECT (SELECT count(*) FROM pulse.firings) || ' ' || (SELECT count(*) FROM pulse.backtest('one', '2026-01-01', '2026-01-01 00:00+00'::timestamptz + interval '$DAYS days' + interval '1 microsecond'))")
			line "$mode, sessions: $n; firings, the backtest's" "$right" "equal"
			line "  wall-clock; CPU of all" "$took ms; $used ms" ""
		done
		line "$mode: two sessions / one" "$(over "$took" "$one_took")" "below 0.8"
	done
}
part_due() {
	fresh
	ask >/dev/null <<SQL
SELECT pulse.create_rule('due', 'WHEN bench_a PER customer EACH TIME AND NOT bench_b WITHIN 7 days THEN notify rep', 'shadow');
INSERT INTO pulse_event.bench_a (at, recorded, customer) SELECT '2026-01-02', '2026-01-02', n FROM generate_series(1, $DUE) AS n;
SELECT pulse.set_clock('2026-01-03 00:00+00');
CALL pulse.run(600);
SELECT pulse.set_clock('2026-01-10 00:00+00');
CREATE TABLE took (n int, ms numeric);
CREATE PROCEDURE slices() LANGUAGE plpgsql AS \$\$
DECLARE since timestamptz; slice record; n int := 0;
BEGIN
	LOOP
		since := clock_timestamp();
		SELECT * INTO slice FROM pulse.tick();
		COMMIT;
		INSERT INTO took VALUES (n, extract(epoch FROM clock_timestamp() - since) * 1000);
		EXIT WHEN NOT slice.more;
		n := n + 1;
	END LOOP;
END \$\$;
SQL
	echo "CALL slices();" >"$work/q.sql"
	measure "$work/q.sql"
	line "$DUE waits due at once: slices, firings" "$(ask -c "SELECT max(n) || ' ' || (SELECT count(*) FROM pulse.firings) FROM took")" "$DUE firings"
	line "  median of the first ten slices, of the last ten" "$(ask -c "SELECT round(percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) FILTER (WHERE n BETWEEN 1 AND 10)) || ' ' || round(percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) FILTER (WHERE n BETWEEN (SELECT max(n) FROM took) - 10 AND (SELECT max(n) FROM took) - 1)) FROM took") ms" "constant"
	line "  memory" "$memory MB" ""
}
part_cycles() {
	fresh
	ask -c "SELECT pulse.create_rule('cycle', 'WHEN bench_a PER customer AND NOT bench_b WITHIN 7 days THEN notify rep', 'shadow')" >/dev/null
	local size="" round each=$((CYCLES / 10)) day=0
	for round in $(seq 1 10); do
		ask >/dev/null <<SQL
INSERT INTO pulse_event.bench_a (at, recorded, customer) SELECT t, t, n FROM generate_series(1, $each) AS n, (SELECT '2026-01-02'::timestamptz + interval '$day hours' AS t) AS x;
SELECT pulse.set_clock('2026-01-02'::timestamptz + interval '$((day + 1)) hours'); CALL pulse.run(600);
INSERT INTO pulse_event.bench_b (at, recorded, customer) SELECT t, t, n FROM generate_series(1, $each) AS n, (SELECT '2026-01-02'::timestamptz + interval '$((day + 1)) hours' AS t) AS x;
SELECT pulse.set_clock('2026-01-02'::timestamptz + interval '$((day + 2)) hours'); CALL pulse.run(600);
VACUUM pulse_internal.wait;
SQL
		day=$((day + 2))
		size="$size $(ask -c "SELECT pg_total_relation_size('pulse_internal.wait') / 1024 / 1024")"
	done
	line "$CYCLES waits opened and closed, $each at a time: MB of the table" "$(echo $size | awk '{print $1, "..", $NF}')" "bounded"
	line "  left open" "$(ask -c "SELECT count(*) FROM pulse_internal.wait")" "0"
}
part_backlog() {
	fresh
	ask >/dev/null <<SQL
SELECT pulse.create_rule('one', '$one', 'shadow');
INSERT INTO pulse_event.bench_a (at, recorded, customer, amount) SELECT t, t, n % 200000, 500 FROM generate_series(1, $BACKLOG) AS n, LATERAL (SELECT '2026-01-02'::timestamptz + n * interval '1 millisecond' AS t) AS x;
SELECT pulse.set_clock('2026-01-03 00:00+00');
SQL
	echo "CALL pulse.run(600);" >"$work/q.sql"
	measure "$work/q.sql"
	line "a backlog of $BACKLOG events of one transaction: memory" "$memory MB" "bounded"
	line "  events per CPU second" "$(per "$BACKLOG" "$cpu")" ""
}
for part in $PARTS; do
	"part_$part"
done
rm -rf "$work"
