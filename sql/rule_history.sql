-- the history of a backtest is gathered by key, in memory or in runs that are
-- merged; both give what one query over all events says, in the order of keys
SET timezone = 'UTC';
SET client_min_messages = error;
SELECT pulse.set_clock('2026-03-01 00:00+00');
SELECT pulse.create_event('hist_asked', 'number bigint, name text, amount int, due timestamptz');
SELECT pulse.create_event('hist_told', 'number int, name text');
SELECT setseed(0.25);

-- numbers as keys: negative ones, and none; texts that begin alike, are empty, short or long
CREATE FUNCTION hist_name(n int) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE n % 5 WHEN 0 THEN n::text WHEN 1 THEN 'customer ' || n WHEN 2 THEN left('', n) WHEN 3 THEN repeat('长', n % 7) || n ELSE 'c,' || n % 50 || '\' END
$$;
INSERT INTO pulse_event.hist_asked (at, recorded, number, name, amount, due)
	SELECT t, t + (random() < 0.2)::int * random() * interval '5 days', nullif(k, 7), hist_name(k), (random() * 100)::int, t + random() * interval '9 days'
	FROM (SELECT '2026-01-01'::timestamptz + n * interval '1 minute' AS t, (random() * 3000)::int - 1500 AS k FROM generate_series(1, 40000) AS n) AS x;
INSERT INTO pulse_event.hist_told (at, recorded, number, name)
	SELECT t, t + (random() < 0.2)::int * random() * interval '5 days', nullif(k, 7), hist_name(k)
	FROM (SELECT '2026-01-01'::timestamptz + n * interval '1 minute' + interval '30 seconds' AS t, (random() * 3000)::int - 1500 AS k FROM generate_series(1, 40000) AS n) AS x;

SELECT count(*) FROM pulse.create_rule('hist number', 'WHEN hist_asked WHERE amount > 30 PER number EACH TIME AND NOT hist_told WITHIN 50 hours THEN text rep');
SELECT count(*) FROM pulse.create_rule('hist name', 'WHEN hist_asked WHERE amount > 30 PER name EACH TIME AND NOT hist_told WITHIN 50 hours THEN text rep');
SELECT count(*) FROM pulse.create_rule('hist both', 'WHEN hist_asked WHERE amount > 30 PER name, number EACH TIME AND NOT hist_told WITHIN 50 hours THEN text rep');
SELECT count(*) FROM pulse.create_rule('hist dated', 'WHEN hist_asked PER name EACH TIME AND NOT hist_told WITHIN 50 hours AFTER due THEN text rep');
SELECT count(*) FROM pulse.create_rule('hist ladder', 'WHEN hist_asked HAPPENS 2 TIMES WITHIN 3 days PER number AND NOT hist_told WITHIN 50 hours'
	' THEN text rep; 2 days later: mail director UNTIL hist_told');

-- what one query says of the events as they happened
CREATE FUNCTION hist_firings(key_of text, anchor text, atleast int) RETURNS TABLE (key text, due_at timestamptz, trigger_event bigint) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format($q$
		SELECT k, anchor + interval '50 hours', event_id FROM (
			SELECT *, min(at) FILTER (WHERE anchor IS NULL) OVER (PARTITION BY k ORDER BY at, event_id ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS answered
			FROM (SELECT %1$s AS k, at, event_id, amount, %2$s AS anchor FROM pulse_event.hist_asked AS e
				UNION ALL SELECT %1$s, at, event_id, NULL, NULL FROM pulse_event.hist_told AS e) AS s WHERE k IS NOT NULL) AS w
		WHERE amount > %3$s AND (answered IS NULL OR answered >= anchor + interval '50 hours') AND anchor + interval '50 hours' < '2026-03-01'$q$, key_of, anchor, atleast);
END $$;
CREATE FUNCTION hist_compare(rule text, key_of text, anchor text DEFAULT 'at', atleast int DEFAULT 30) RETURNS TABLE (firings bigint, missing bigint, extra bigint) LANGUAGE sql AS $$
	WITH asked AS MATERIALIZED (SELECT * FROM hist_firings(key_of, anchor, atleast)),
		found AS MATERIALIZED (SELECT b.key, b.due_at, b.trigger_event FROM pulse.backtest(rule, '2026-01-01', '2026-03-01') AS b)
	SELECT (SELECT count(*) FROM found), (SELECT count(*) FROM (SELECT * FROM asked EXCEPT ALL SELECT * FROM found) AS x),
		(SELECT count(*) FROM (SELECT * FROM found EXCEPT ALL SELECT * FROM asked) AS x)
$$;
CREATE TABLE hist_once AS SELECT r.name, h.history, b.place, b.key, b::text AS firing FROM pulse.rules AS r, unnest('{happened,arrived}'::text[]) AS h(history),
	pulse.backtest(r.name, '2026-01-10', '2026-03-01', h.history) WITH ORDINALITY AS b(key, step, repetition, due_at, superseded, trigger_at, trigger_event, end_reason, ended_at, guard, place)
	WHERE r.name LIKE 'hist %';

-- in memory, then in runs
SET maintenance_work_mem = '64MB';
SELECT * FROM hist_compare('hist number', 'number::text');
SELECT * FROM hist_compare('hist name', 'name');
SELECT * FROM hist_compare('hist dated', 'name', 'due', -1);
SET maintenance_work_mem = '1MB';
SELECT * FROM hist_compare('hist number', 'number::text');
SELECT * FROM hist_compare('hist name', 'name');
SELECT * FROM hist_compare('hist dated', 'name', 'due', -1);

-- all that is told of a firing, and their order: the same in runs, by arrival, too
SELECT h.name, h.history, count(*) > 500 AS many, count(*) - count(n.*) AS missing, bool_and(h.firing IS NOT DISTINCT FROM n.firing) AS same
FROM hist_once AS h LEFT JOIN (SELECT r.name, h.history, b.place, b::text AS firing FROM pulse.rules AS r, unnest('{happened,arrived}'::text[]) AS h(history),
	pulse.backtest(r.name, '2026-01-10', '2026-03-01', h.history) WITH ORDINALITY AS b(key, step, repetition, due_at, superseded, trigger_at, trigger_event, end_reason, ended_at, guard, place)
	WHERE r.name LIKE 'hist %') AS n USING (name, history, place)
GROUP BY h.name, h.history ORDER BY h.name, h.history DESC;
SELECT h.name, h.history, count(*) AS out_of_order
FROM (SELECT name, history, key, lag(key) OVER (PARTITION BY name, history ORDER BY place) AS before FROM hist_once) AS h
WHERE h.key COLLATE "C" < h.before COLLATE "C" GROUP BY h.name, h.history;

-- a key must fit in there
INSERT INTO pulse_event.hist_asked (at, recorded, name, amount) SELECT '2026-01-01', '2026-01-01', string_agg(md5(n::text), ''), 99 FROM generate_series(1, 40000) AS n;
\set VERBOSITY terse
SELECT count(*) FROM pulse.backtest('hist name', '2026-01-01', '2026-03-01');
\set VERBOSITY default
\echo :LAST_ERROR_SQLSTATE
RESET maintenance_work_mem;
SELECT count(*) FROM pulse.backtest('hist name', '2026-01-01', '2026-03-01');

SELECT pulse.drop_rule(name) FROM pulse.rules WHERE name LIKE 'hist %' ORDER BY name;
DROP TABLE hist_once;
DROP FUNCTION hist_compare, hist_firings, hist_name;
SELECT pulse.drop_event('hist_asked'), pulse.drop_event('hist_told');
SELECT pulse.set_clock(NULL);
