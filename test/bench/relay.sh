#!/bin/bash
# relay.sh: what the outbox and the relay carry. Run it inside with_cluster.sh:
#   test/harness/with_cluster.sh test/bench/relay.sh
# MESSAGES (20000), LATENCIES (300), SECONDS_EACH (1), RUNS (5), FILL1 (30000), FILL100 (200000).
# Prints what | figure | aim. The queue written by hand takes a lease and deletes: it keeps
# no states, no attempts, no tokens, no limits.
set -euo pipefail
: "${MESSAGES:=20000}" "${LATENCIES:=300}" "${SECONDS_EACH:=1}" "${RUNS:=5}" "${FILL1:=30000}" "${FILL100:=200000}"
export PGDATABASE=bench_relay PGOPTIONS='-c client_min_messages=warning -c jit=off'
work=$(mktemp -d)
pids=
trap 'kill $pids 2>/dev/null || true; rm -rf "$work"' EXIT
make -s relay PG_CONFIG="$PG_CONFIG"
psql -qXd postgres -c "DROP DATABASE IF EXISTS bench_relay" -c "CREATE DATABASE bench_relay"
ask() { psql -qXAt -v ON_ERROR_STOP=1 "$@"; }
line() { printf '%-58s | %14s | %s\n' "$1" "$2" "$3"; }
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

ask >/dev/null <<'SQL'
CREATE EXTENSION salespulse CASCADE;
CREATE TABLE q (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payload jsonb NOT NULL, vt timestamptz NOT NULL DEFAULT now(), read_ct int NOT NULL DEFAULT 0);
CREATE INDEX ON q (vt);
CREATE FUNCTION fill(n int, channel text) RETURNS void LANGUAGE sql AS $$
	TRUNCATE pulse_internal.message, pulse_internal.queue, pulse_internal.delivery;
	INSERT INTO pulse_internal.message (channel, recipient, language, subject, body, variables, created_at, not_before)
	SELECT channel, '1381234' || i, 'en', 'Overdue', 'Invoice ' || i || ' is overdue. Please call the customer.',
		   jsonb_build_object('about', 'customer ' || i, 'days', i % 100), now(), now()
	FROM generate_series(1, n) AS i;
	INSERT INTO pulse_internal.queue (message_id, not_before, channel) SELECT message_id, not_before, m.channel FROM pulse_internal.message AS m;
	TRUNCATE q;
	INSERT INTO q (payload) SELECT jsonb_build_object('recipient', recipient, 'subject', subject, 'body', body, 'variables', variables)
	FROM pulse_internal.message;
$$;
SQL

# ---- claim and acknowledge, beside a queue written by hand ----
for n in 1 100; do
	cat >"$work/outbox.$n" <<-SQL
	SELECT quote_literal(coalesce(array_agg(message_id), '{}')::text) AS ids, quote_literal(coalesce(array_agg(lease_token), '{}')::text) AS tokens, count(body) AS got FROM pulse.claim_messages('w', $n) \gset
	SELECT count(*) FROM pulse.ack_messages(:ids::bigint[], :tokens::bigint[]);
	SQL
	cat >"$work/queue.$n" <<-SQL
	WITH c AS (SELECT id FROM q WHERE vt <= now() ORDER BY id LIMIT $n FOR UPDATE SKIP LOCKED), u AS (UPDATE q SET vt = now() + interval '30 s', read_ct = read_ct + 1 FROM c WHERE q.id = c.id RETURNING q.id, q.payload) SELECT quote_literal(coalesce(array_agg(id), '{}')::text) AS ids, count(payload) AS got FROM u \gset
	DELETE FROM q WHERE id = ANY (:ids::bigint[]);
	SQL
done
for n in 1 100; do for w in 1 4; do
	[ "$n" = 1 ] && fill=$FILL1 || fill=$FILL100
	for ((run = 0; run < RUNS; run++)); do
		ask -c "SELECT fill($fill, 'hook')" -c "VACUUM ANALYZE pulse_internal.message, pulse_internal.queue, pulse_internal.delivery" -c "VACUUM ANALYZE q" >/dev/null
		for what in queue outbox; do
			pgbench -n -M simple -c "$w" -j 1 -T "$SECONDS_EACH" -f "$work/$what.$n" >/dev/null 2>&1
		done
		ask -c "SELECT ($fill - (SELECT count(*) FROM q))" -c "SELECT count(*) FROM pulse_internal.delivery WHERE state = 'sent'" | paste -sd' ' >>"$work/took.$n.$w"
	done
	outbox=$(awk '{ print $2 }' "$work/took.$n.$w" | median)
	queue=$(awk '{ print $1 }' "$work/took.$n.$w" | median)
	ratio=$(awk '{ print $2 / $1 }' "$work/took.$n.$w" | median)
	line "claim + ack, batches of $n, $w worker(s), messages/s" "$(awk "BEGIN { printf \"%d\", $outbox / $SECONDS_EACH }")" "a queue by hand: $(awk "BEGIN { printf \"%d\", $queue / $SECONDS_EACH }")"
	line "  times as many as the queue by hand" "$(printf '%.2f' "$ratio")" "$([ $w = 1 ] && echo '>= 1.00' || echo '>= 1.50')"
done; done

# ---- webhooks through one relay ----
perl test/bench/relay_sink.pl "$work/port" "$work/arrivals" &
pids="$pids $!"
while [ ! -s "$work/port" ]; do sleep 0.1; done
cat >"$work/relay.json" <<END
{"database": "dbname=bench_relay", "identity": "$(ask -c 'SELECT pulse.delivery_identity()')", "batch": 64, "poll": 5,
 "channels": {"hook": {"transport": "webhook", "url": "http://127.0.0.1:$(cat "$work/port")/", "secret": "hush"},
	"mail": {"transport": "webhook", "url": "http://127.0.0.1:$(cat "$work/port")/", "secret": "hush"}}}
END
ask -c "SELECT fill($MESSAGES, 'hook')" -c "VACUUM ANALYZE pulse_internal.message, pulse_internal.queue, pulse_internal.delivery" >/dev/null
build/salespulse-relay --config "$work/relay.json" 2>"$work/log" &
relay=$!
pids="$pids $relay"
until [ "$(ask -c "SELECT count(*) FROM pulse_internal.delivery WHERE state = 'sent'")" = "$MESSAGES" ]; do sleep 0.2; done
line "webhook messages/s, one relay" "$(ask -c "SELECT round($MESSAGES / extract(epoch FROM max(changed_at) - min(changed_at))) FROM pulse_internal.delivery")" ">= 1000"

# ---- from the commit of a firing to the arrival of its message, woken by the tick's notification ----
ask >/dev/null <<'SQL'
TRUNCATE pulse_internal.message, pulse_internal.queue, pulse_internal.delivery;
CREATE TABLE staff (id int PRIMARY KEY, name text, email text);
INSERT INTO staff VALUES (1, 'Li', 'li@example.com');
SELECT pulse.map_staff('staff', id => 'id', name => 'name', email => 'email');
SELECT pulse.map_role('duty', holder => '{1}');
SELECT pulse.create_event('ping', 'customer int');
SELECT pulse.create_rule('ping', 'WHEN ping PER customer EACH TIME THEN mail duty');
SELECT pulse.set_rule_mode('ping', 'live');
SELECT pulse.tick();
SQL
: >"$work/arrivals"
for ((i = 0; i < LATENCIES; i++)); do
	ask -c "SELECT setseed($i / 1000.0), pg_sleep(random() * 0.02)" -c "SELECT pulse.emit_event('ping', jsonb_build_object('customer', $i))" \
		-c "SELECT firings FROM pulse.tick()" -c "SELECT 'at', max(message_id), extract(epoch FROM clock_timestamp()) FROM pulse_internal.message" |
		awk -F'|' '$1 == "at" { print $2, $3 }'
done >"$work/commits"
sleep 1
awk 'NR == FNR { arrived[$1] = $2; next } $1 in arrived { print 1000 * (arrived[$1] - $2) }' "$work/arrivals" "$work/commits" | sort -n >"$work/latency"
[ "$(wc -l <"$work/latency")" = "$LATENCIES" ] || { echo "some messages did not arrive" >&2; exit 1; }
line "from the commit of a firing to arrival, p99, ms" "$(awk -v n="$LATENCIES" '{ v[NR] = $1 } END { printf "%.1f", v[int(n * 0.99)] }' "$work/latency")" "< 100"
line "resident at most, MB" "$(awk '/VmHWM/ { printf "%.1f", $2 / 1024 }' "/proc/$relay/status")" "< 20"
kill -TERM "$relay"
