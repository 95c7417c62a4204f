-- days across the change of the clocks keep the time of day; a clock that goes back fires nothing twice
SET timezone = 'America/New_York';
SET datestyle = 'ISO, MDY';
SET client_min_messages = error;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_setting('timezone', 'America/New_York');
SELECT pulse.set_clock('2026-01-31 08:00');
SELECT pulse.create_event('clk_sold', 'customer text, due date, how text'), pulse.create_event('clk_called', 'customer text');
SELECT count(pulse.create_rule('clk ' || name, replace('WHEN clk_sold WHERE how is "NAME" PER customer EACH TIME AND NOT clk_called WITHIN ' || span, 'NAME', name), 'live'))
FROM (VALUES ('days', '60 days THEN notify rep; 30 days later: notify rep; another 1 day later: notify rep'), ('hours', '1440 hours THEN notify rep'), ('weeks', '9 weeks THEN notify rep'),
	('months', '2 months THEN notify rep'), ('calendar', '60 calendar days THEN notify rep'), ('working', '40 working days THEN notify rep'),
	('due', '60 days AFTER due THEN notify rep'), ('every', '60 days THEN notify rep; every 7 days at most 3 times: notify rep')) AS t(name, span);
SELECT count(pulse.create_rule('clk before', 'WHEN 60 days BEFORE due OF clk_sold WHERE how is "before" PER customer THEN notify rep', 'live'));
SELECT count(pulse.create_rule('clk daily', 'EVERY day AT 02:30 THEN notify rep', 'live')), count(pulse.create_rule('clk twice', 'EVERY day AT 01:30 THEN notify rep', 'live'));
CREATE FUNCTION clk_sweep(instant timestamptz, OUT events int, OUT firings int) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pulse.set_clock(instant);
	SELECT s.events, s.firings INTO events, firings FROM pulse_internal.sweep_rules(1000) AS s;
END $$;
SELECT * FROM clk_sweep('2026-01-31 09:00');
-- 8 March has 23 hours and no 02:30, 1 November has 25 and 01:30 twice
INSERT INTO pulse_event.clk_sold (at, customer, due, how)
SELECT t.at, t.customer, t.due, coalesce(t.how, r.how)
FROM (VALUES ('2026-02-10 09:30'::timestamptz, 'spring', '2026-02-10'::date, NULL), ('2026-09-15 09:30', 'autumn', '2026-09-15', NULL),
	('2026-01-07 02:30', 'no such hour', NULL, 'days'), ('2026-09-02 01:30', 'hour twice', NULL, 'days'),
	('2026-02-01 09:00', 'spring', '2026-05-01', 'before'), ('2026-09-01 09:00', 'autumn', '2026-12-15', 'before')) AS t(at, customer, due, how)
JOIN unnest('{days,hours,weeks,months,calendar,working,due,every}'::text[]) AS r(how) ON t.how IS NULL OR r.how = 'days';
SELECT sum(s.events) AS events, sum(s.firings) > 0 AS fired FROM (SELECT '2026-02-01 09:00'::timestamptz + n * interval '10 days' AS instant FROM generate_series(0, 35) AS n) AS t, LATERAL clk_sweep(t.instant) AS s;
SELECT rule, key, step, due_at, due_at - trigger_at AS elapsed FROM (SELECT f.*, (f.evidence -> 'trigger' ->> 'at')::timestamptz AS trigger_at FROM pulse.firings AS f) AS f
WHERE rule ~ '^clk' AND rule !~ 'daily|twice' ORDER BY rule COLLATE "C", key COLLATE "C", due_at;
-- by the clock: the hour that is not there is the next, the one that comes twice is once
SELECT * FROM clk_sweep('2027-03-13 03:00');
SELECT sum(s.firings) AS firings FROM (SELECT '2027-03-13 03:00'::timestamptz + n * interval '15 minutes' AS instant FROM generate_series(0, 200) AS n) AS t, LATERAL clk_sweep(t.instant) AS s;
SELECT rule, due_at FROM pulse.firings WHERE rule ~ 'daily|twice' AND due_at >= '2027-03-13 03:00' ORDER BY rule COLLATE "C", due_at;
SELECT * FROM clk_sweep('2027-11-06 03:00');
SELECT sum(s.firings) AS firings FROM (SELECT '2027-11-06 03:00'::timestamptz + n * interval '15 minutes' AS instant FROM generate_series(0, 200) AS n) AS t, LATERAL clk_sweep(t.instant) AS s;
SELECT rule, due_at FROM pulse.firings WHERE rule ~ 'daily|twice' AND due_at >= '2027-11-06 03:00' ORDER BY rule COLLATE "C", due_at;
SELECT count(pulse.drop_rule(name)) FROM pulse.rules WHERE name LIKE 'clk %';

-- ---- the clock goes back ----
SELECT count(pulse.create_rule('clk back', 'WHEN clk_sold PER customer EACH TIME AND NOT clk_called WITHIN 2 hours THEN notify rep; 1 hour later: notify rep', 'live'));
SELECT * FROM clk_sweep('2028-01-10 08:00');
INSERT INTO pulse_event.clk_sold (at, customer) VALUES ('2028-01-10 08:30', 'a'), ('2028-01-10 09:00', 'b');
SELECT * FROM clk_sweep('2028-01-10 10:45');
-- by an hour and a half: what was fired stays so, and what is written now counts
SELECT * FROM clk_sweep('2028-01-10 09:15');
INSERT INTO pulse_event.clk_sold (customer) VALUES ('c');
INSERT INTO pulse_event.clk_called (customer) VALUES ('b');
SELECT * FROM clk_sweep('2028-01-10 09:16');
SELECT * FROM clk_sweep('2028-01-10 10:45');
SELECT * FROM clk_sweep('2028-01-10 11:16');
SELECT * FROM clk_sweep('2028-01-10 14:00');
SELECT key, step, due_at, swept_at FROM pulse.firings WHERE rule = 'clk back' ORDER BY due_at, key, step;
SELECT key, end_reason FROM pulse.waits WHERE rule = 'clk back' ORDER BY key;
(SELECT key, step, due_at FROM pulse.firings WHERE rule = 'clk back' EXCEPT ALL SELECT key, step, due_at FROM pulse.backtest('clk back', '2028-01-01', '2028-01-10 14:00'))
UNION ALL (SELECT key, step, due_at FROM pulse.backtest('clk back', '2028-01-01', '2028-01-10 14:00') EXCEPT ALL SELECT key, step, due_at FROM pulse.firings WHERE rule = 'clk back') ORDER BY 1, 2;

SELECT pulse.drop_rule('clk back');
DELETE FROM pulse_internal.firing; DELETE FROM pulse_internal.wait;
SELECT pulse.drop_event('clk_sold'), pulse.drop_event('clk_called');
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
DROP FUNCTION clk_sweep;
SELECT pulse.set_setting('timezone', 'UTC'), pulse.set_clock(NULL);
