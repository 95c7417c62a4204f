-- a time before a date of the event: counted from the day's start, it moves with the date
SET timezone = 'Asia/Shanghai';
SET client_min_messages = error;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_setting('timezone', 'Asia/Shanghai');
SELECT pulse.set_clock('2026-01-01 08:00+08');
SELECT pulse.create_event('date_contract', 'equipment int, ends date, grade text');
SELECT pulse.create_event('date_renewed', 'equipment text');
SELECT count(*) FROM pulse.create_rule('date renewal',
	'WHEN 60 days BEFORE ends OF date_contract PER equipment AND NOT date_renewed'
	' THEN assign rep "Renewal"; 10 days later: text rep UNTIL date_renewed', 'live');
SELECT count(*) FROM pulse.create_rule('date reminder',
	'WHEN 3 working days BEFORE ends OF date_contract WHERE grade is "A" PER equipment THEN text rep', 'live');
SELECT count(*) FROM pulse.create_rule('date hours',
	'WHEN date_contract WHERE grade is "H" PER equipment AND NOT date_renewed WITHIN 2 working hours THEN text rep', 'live');
SELECT name, sentence_zh FROM pulse.rules WHERE name LIKE 'date %' ORDER BY name;
CREATE VIEW date_firings AS
	SELECT rule, key, step, due_at, superseded FROM pulse.firings WHERE rule LIKE 'date %' ORDER BY firing_id;
CREATE VIEW date_waits AS
	SELECT rule, key, next_step, due_at, end_reason FROM pulse.waits WHERE rule LIKE 'date %' ORDER BY rule, key, opened_at;
CREATE FUNCTION date_sweep(instant timestamptz, OUT events int, OUT firings int) AS $$
BEGIN
	PERFORM pulse.set_clock(instant);
	SELECT s.events, s.firings INTO events, firings FROM pulse_internal.sweep_rules(1000) AS s;
END $$ LANGUAGE plpgsql;
SELECT * FROM date_sweep('2026-01-01 09:00+08');

INSERT INTO pulse_event.date_contract (equipment, ends, grade) VALUES
	(1, '2026-06-30', 'A'), (2, '2026-06-30', 'B'), (3, '2026-06-30', 'B'), (4, NULL, 'A'), (5, '2026-02-01', 'B'), (6, NULL, 'H');
SELECT * FROM date_sweep('2026-01-01 09:30+08');
SELECT * FROM date_waits;
-- renewed; the date moves; it is taken away
INSERT INTO pulse_event.date_renewed (equipment) VALUES ('2');
INSERT INTO pulse_event.date_contract (equipment, ends, grade) VALUES (1, '2026-07-31', 'A'), (3, NULL, 'B');
SELECT * FROM date_sweep('2026-01-01 11:00+08');
SELECT * FROM date_waits;
SELECT * FROM date_firings;
SELECT * FROM date_sweep('2026-05-31 23:59:59.999999+08');
SELECT * FROM date_sweep('2026-06-01 00:00+08');
SELECT * FROM date_firings WHERE key = '1';
-- it has fired, and the date moves: that episode is over, the next one waits
INSERT INTO pulse_event.date_contract (equipment, ends, grade) VALUES (1, '2026-10-09', 'A');
SELECT * FROM date_sweep('2026-06-02 00:00+08');
SELECT * FROM date_waits WHERE key = '1';
-- three working days before 9 October, by weekdays
SELECT * FROM date_sweep('2026-10-20 00:00+08');
SELECT * FROM date_firings WHERE key = '1';
SELECT regexp_replace(pulse.why(f.firing_id, l.lang), 'swept.*|扫描.*|seen.*', '') AS why
FROM pulse.firings AS f, unnest(ARRAY['en', 'zh']) WITH ORDINALITY AS l(lang, n)
WHERE f.rule = 'date renewal' AND f.key = '1' AND f.step = 1 ORDER BY f.firing_id, l.n;

-- what is refused
SELECT pulse.create_rule('date bad', 'WHEN 60 days BEFORE grade OF date_contract PER equipment THEN text rep');
SELECT pulse.create_rule('date bad', 'WHEN 60 days BEFORE ends OF date_contract PER equipment AND NOT date_renewed WITHIN 3 days THEN text rep');

DROP VIEW date_firings, date_waits;
DROP FUNCTION date_sweep;
SELECT count(*) FROM (SELECT pulse.drop_rule(name) FROM pulse.rules WHERE name LIKE 'date %') AS d;
DELETE FROM pulse_internal.wait;
DELETE FROM pulse_internal.firing;
SELECT pulse.drop_event('date_contract'), pulse.drop_event('date_renewed');
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_setting('timezone', 'UTC');
SELECT pulse.set_clock(NULL);
