-- a backtest fires what live fires: as it happened without late events, as it
-- arrived with them; history here is pseudo-random
SET timezone = 'UTC';
SET client_min_messages = error;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_clock('2026-01-01 00:00+00');
SELECT pulse.create_event('back_issued', 'invoice text, due date, amount int');
SELECT pulse.create_event('back_settled', 'invoice text');
SELECT count(*) FROM pulse.create_rule('back ladder', 'WHEN back_issued PER invoice AND NOT back_settled WITHIN 3 days'
	' THEN text rep; 2 days later: mail director; another 1 day later: notify finance', 'live');
SELECT count(*) FROM pulse.create_rule('back dated', 'WHEN back_issued PER invoice AND NOT back_settled WITHIN 3 days AFTER due'
	' THEN text rep; 2 days later: mail director', 'live');
SELECT count(*) FROM pulse.create_rule('back lead', 'WHEN 2 days BEFORE due OF back_issued PER invoice AND NOT back_settled'
	' THEN text rep; 1 day later: mail director', 'live');
SELECT count(*) FROM pulse.create_rule('back count', 'WHEN back_issued HAPPENS 3 TIMES WITHIN 5 days PER invoice'
	' THEN text rep; 1 day later: mail director UNTIL back_settled', 'live');
SELECT count(*) FROM pulse.create_rule('back often', 'WHEN back_issued WHERE amount > 20 HAPPENS 2 TIMES WITHIN 3 days PER invoice EACH TIME'
	' THEN text rep', 'live');
SELECT count(*) FROM pulse.create_rule('back paid', 'WHEN back_issued FOLLOWED BY back_settled WITHIN 3 days PER invoice THEN text rep', 'live');
SELECT count(*) FROM pulse.create_rule('back first', 'WHEN back_issued PER invoice AND NO back_settled IN THE LAST 4 days'
	' AND NOT back_settled WITHIN 2 days THEN text rep', 'live');
SELECT count(*) FROM pulse.create_rule('back big', 'WHEN back_issued WHERE amount > 30 PER invoice AND NOT back_settled WITHIN 50 hours'
	' THEN text rep; 2 days later: mail director UNTIL back_settled', 'shadow');
SELECT count(*) FROM pulse.create_rule('back now', 'WHEN back_issued PER invoice THEN text rep; 1 day later: mail director'
	' UNTIL back_settled', 'live');
SELECT count(*) FROM pulse.create_rule('back repeat', 'WHEN back_issued PER invoice AND NOT back_settled WITHIN 3 days'
	' THEN text rep; every 30 hours AT MOST 3 TIMES: text rep; another 1 day later: mail director', 'live');
SELECT count(*) FROM pulse.create_rule('back endless', 'WHEN back_issued WHERE amount > 30 PER invoice'
	' THEN every 1 day: text rep UNTIL back_settled', 'live');

-- every six hours: a sweep, some events (a part of them up to four days old), sweeps in small slices
CREATE PROCEDURE back_replay(quarters int, late float) LANGUAGE plpgsql AS $$
DECLARE
	instant timestamptz := '2026-01-01 00:00+00';
BEGIN
	PERFORM pulse_internal.sweep_rules(1000);
	COMMIT;
	FOR i IN 1 .. quarters LOOP
		instant := instant + interval '6 hours';
		PERFORM pulse.set_clock(instant);
		COMMIT;
		PERFORM pulse_internal.sweep_rules(1000);
		COMMIT;
		INSERT INTO pulse_event.back_issued (at, invoice, due, amount)
		SELECT instant - (random() < late)::int * random() * interval '4 days', 'i' || (random() * 6)::int,
			(instant + (random() * 6 - 3) * interval '1 day')::date, (random() * 100)::int
		FROM generate_series(1, (random() * 5)::int);
		INSERT INTO pulse_event.back_settled (at, invoice)
		SELECT instant - (random() < late)::int * random() * interval '4 days', 'i' || (random() * 6)::int
		FROM generate_series(1, (random() * 3)::int);
		COMMIT;
		PERFORM pulse.set_clock(instant + interval '1 microsecond');
		COMMIT;
		WHILE (SELECT more FROM pulse_internal.sweep_rules(3)) LOOP
			COMMIT;
		END LOOP;
		COMMIT;
	END LOOP;
	PERFORM pulse.set_clock(instant + interval '20 days');
	PERFORM pulse_internal.sweep_rules(1000);
	COMMIT;
END $$;

-- firings of live that the backtest has not, and the other way round
CREATE FUNCTION back_difference(history text) RETURNS TABLE (rule text, fired boolean, live_only bigint, backtest_only bigint) AS $$
	WITH live AS (
		SELECT f.rule, f.key, f.step, f.repetition, f.due_at, f.trigger_id FROM pulse.firings AS f WHERE f.rule LIKE 'back %'),
	back AS (
		SELECT r.name, b.key, b.step, b.repetition, b.due_at, b.trigger_event
		FROM pulse.rules AS r, pulse.backtest(r.name, '2026-01-01', '2026-02-20 00:00:00.000001', history) AS b
		WHERE r.name LIKE 'back %')
	SELECT r.name, EXISTS (SELECT FROM live AS f WHERE f.rule = r.name),
		(SELECT count(*) FROM (SELECT * FROM live EXCEPT ALL SELECT * FROM back) AS x WHERE x.rule = r.name),
		(SELECT count(*) FROM (SELECT * FROM back EXCEPT ALL SELECT * FROM live) AS x WHERE x.name = r.name)
	FROM pulse.rules AS r WHERE r.name LIKE 'back %' ORDER BY r.name
$$ LANGUAGE sql;

SELECT setseed(0.5);
CALL back_replay(120, 0);
SELECT * FROM back_difference('happened');
SELECT * FROM back_difference('arrived');

-- again, with two events in five late
TRUNCATE pulse_event.back_issued, pulse_event.back_settled;
DELETE FROM pulse_internal.wait;
DELETE FROM pulse_internal.firing;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_clock('2026-01-01 00:00+00');
CALL back_replay(120, 0.4);
SELECT * FROM back_difference('arrived');

-- by hand: the span is half-open, a draft can be tried, nothing is written
TRUNCATE pulse_event.back_issued, pulse_event.back_settled;
SELECT count(*) FROM pulse.create_rule('draft back', 'WHEN back_issued PER invoice AND NOT back_settled WITHIN 3 days'
	' THEN text rep; 2 days later: mail director');
INSERT INTO pulse_event.back_issued (at, invoice) VALUES ('2026-01-10', 'a'), ('2026-01-10', 'b'), ('2026-01-11', 'c'), ('2026-01-11', 'c');
INSERT INTO pulse_event.back_settled (at, invoice) VALUES ('2026-01-12', 'b'), ('2026-01-15', 'c');
SELECT key, step, due_at, superseded, trigger_at, end_reason, ended_at
FROM pulse.backtest('draft back', '2026-01-01', '2026-02-01') ORDER BY key, step;
SELECT key, step FROM pulse.backtest('draft back', '2026-01-13', '2026-01-15') ORDER BY key, step;
SELECT key, step FROM pulse.backtest('draft back', '2026-01-15', '2026-01-15 00:00:01') ORDER BY key, step;
SELECT count(*) FROM pulse.firings WHERE rule = 'draft back';

-- bad input
SELECT * FROM pulse.backtest('no such rule', '2026-01-01', '2026-02-01');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pulse.backtest('draft back', '2026-02-01', '2026-01-01');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pulse.backtest('draft back', '2026-01-01', '2026-02-01', 'imagined');
\echo :LAST_ERROR_SQLSTATE

SELECT pulse.drop_rule(name) FROM pulse.rules WHERE name LIKE '%back%' ORDER BY name;
DELETE FROM pulse_internal.wait;
DELETE FROM pulse_internal.firing;
DROP PROCEDURE back_replay;
DROP FUNCTION back_difference;
SELECT pulse.drop_event('back_issued'), pulse.drop_event('back_settled');
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_clock(NULL);
