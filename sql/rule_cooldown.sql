-- at most once in a while, for each key
SET timezone = 'UTC';
SET client_min_messages = error;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_setting('timezone', 'UTC');
SELECT pulse.set_clock('2026-03-01 00:00+00');
SELECT pulse.create_event('cool_complaint', 'customer text');
SELECT pulse.create_event('cool_visit', 'customer text');
SELECT pulse.create_rule('cool', 'WHEN cool_complaint PER customer AT MOST ONCE IN 7 days THEN notify cool_rep', 'live');
SELECT pulse.create_rule('late', 'cool_complaint（每个customer，每次，10天内最多一次），且2天内未发生cool_visit时，通知cool_rep；1天后，短信通知cool_rep；直到cool_visit为止', 'live');
SELECT sentence_en, sentence_zh FROM pulse.rules ORDER BY name;
CREATE FUNCTION cool_come(day int, VARIADIC customers text[]) RETURNS void AS $$
	SELECT pulse.set_clock('2026-03-01 00:00+00'::timestamptz + make_interval(days => day));
	INSERT INTO pulse_event.cool_complaint (customer) SELECT unnest(customers);
	SELECT pulse.set_clock('2026-03-01 00:00:01+00'::timestamptz + make_interval(days => day));
$$ LANGUAGE sql;
SELECT pulse.tick();
SELECT cool_come(1, 'a', 'b');
SELECT pulse.tick();
SELECT cool_come(2, 'a');
SELECT pulse.tick();
SELECT cool_come(4, 'a');
SELECT pulse.tick();
SELECT cool_come(7, 'a', 'b');
SELECT pulse.tick();
SELECT cool_come(8, 'a', 'b', 'c');
SELECT pulse.tick();
SELECT cool_come(15, 'a', 'c');
SELECT pulse.tick();
SELECT pulse.set_clock('2026-03-21 00:00:01+00');
SELECT pulse.tick();
SELECT key, due_at::date FROM pulse.firings WHERE rule = 'cool' ORDER BY key, due_at;
SELECT key, step, due_at::date FROM pulse.firings WHERE rule = 'late' ORDER BY key, due_at, step;
SELECT count(*), count(DISTINCT key) FROM pulse.waits;
-- a backtest says the same, as it happened and as it arrived
SELECT history, r, (SELECT count(*) FROM pulse.backtest(r, '2026-03-01', '2026-03-30', history)) AS firings,
	NOT EXISTS (SELECT key, step, due_at FROM pulse.backtest(r, '2026-03-01', '2026-03-21 00:00:01', history)
		EXCEPT SELECT key, step, due_at FROM pulse.firings WHERE rule = r) AND NOT EXISTS (SELECT key, step, due_at FROM pulse.firings WHERE rule = r
		EXCEPT SELECT key, step, due_at FROM pulse.backtest(r, '2026-03-01', '2026-03-21 00:00:01', history)) AS same
FROM unnest(ARRAY['happened', 'arrived']) AS history, unnest(ARRAY['cool', 'late']) AS r ORDER BY 1, 2;
-- the end of a cooldown is exact
SELECT pulse.set_clock('2026-03-22 00:00+00');
INSERT INTO pulse_event.cool_complaint (customer, at) VALUES ('x', '2026-03-22 12:00+00'), ('x', '2026-03-29 11:59:59.999999+00'), ('y', '2026-03-22 12:00+00'), ('y', '2026-03-29 12:00+00');
SELECT pulse.set_clock('2026-03-30 00:00+00');
SELECT pulse.tick();
SELECT key, due_at FROM pulse.firings WHERE rule = 'cool' AND key IN ('x', 'y') ORDER BY key, due_at;
SELECT message FROM pulse.check_rule('WHEN cool_complaint PER customer AT MOST ONCE IN 0 days THEN notify cool_rep');

SELECT pulse.drop_rule('cool'), pulse.drop_rule('late');
SELECT count(*) FROM pulse_internal.rule_cooldown;
DROP FUNCTION cool_come(int, text[]);
SELECT pulse.drop_event('cool_complaint'), pulse.drop_event('cool_visit');
TRUNCATE pulse_internal.cases, pulse_internal.case_event, pulse_internal.task, pulse_internal.message, pulse_internal.queue, pulse_internal.delivery, pulse_internal.firing, pulse_internal.wait;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_clock(NULL);
