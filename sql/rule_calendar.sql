-- USING CALENDAR: working days and hours of a calendar that the rule names
SET timezone = 'Asia/Shanghai';
SET client_min_messages = error;
SET jit = off;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_setting('timezone', 'Asia/Shanghai');
SELECT pulse.set_clock('2026-03-02 08:00+08');		-- a Monday
SELECT pulse.create_calendar('cal shops', '{2,4,6}', true, hours => '{10:00-14:00}');
SELECT pulse.create_event('cal_asked', 'customer text, due date');
SELECT pulse.create_event('cal_answered', 'customer text');
CREATE TABLE cal_sales (store text, day date, units int, PRIMARY KEY (store, day));
SELECT pulse.label('relation', 'cal_sales', 'cal sales'), pulse.label('key', 'store', 'store'), pulse.label('role', 'rep', 'rep', '销售代表');
CREATE FUNCTION cal_sweep(instant timestamptz, OUT events int, OUT firings int, OUT more boolean) AS $$
BEGIN
	PERFORM pulse.set_clock(instant);
	SELECT * INTO events, firings, more FROM pulse_internal.sweep_rules(1000);
END $$ LANGUAGE plpgsql;

-- ---- the name is one of a calendar ----
SELECT canonical_en, canonical_zh FROM pulse.check_rule('WHEN cal_asked PER customer AND NOT cal_answered WITHIN 3 working days USING CALENDAR "cal shops" THEN notify rep');
SELECT message, detail, hint, char_position FROM (VALUES
	('WHEN cal_asked PER customer AND NOT cal_answered WITHIN 3 working days USING CALENDAR "cal shop" THEN notify rep'),
	('WHEN cal_asked PER customer AND NOT cal_answered WITHIN 3 working days USING CALENDAR "nowhere" THEN notify rep'),
	('当cal_asked（每个customer），且3个工作日内未发生cal_answered时，使用日历“cal shop”，通知销售代表'),
	('WHEN cal_asked PER customer AND NOT cal_answered WITHIN 3 days USING CALENDAR "cal shops" THEN notify rep')) AS v(sentence), pulse.check_rule(v.sentence);
SELECT pulse.create_rule('cal none', 'WHEN cal_asked PER customer AND NOT cal_answered WITHIN 3 working days USING CALENDAR "cal shop" THEN notify rep');
\echo :LAST_ERROR_SQLSTATE

-- ---- what it is for: windows, later steps, cooldowns, days before, hours, streaks, schedules, tasks ----
SELECT FROM pulse.create_rule('cal window', 'WHEN cal_asked PER customer AND NOT cal_answered WITHIN 3 working days USING CALENDAR "cal shops" THEN notify rep; 2 working days later: assign rep "Answer" DUE IN 2 working days', 'live');
SELECT FROM pulse.create_rule('cal setting', 'WHEN cal_asked PER customer AND NOT cal_answered WITHIN 3 working days THEN notify rep; 2 working days later: assign rep "Answer" DUE IN 2 working days', 'live');
SELECT FROM pulse.create_rule('cal hours', 'WHEN cal_asked PER customer AND NOT cal_answered WITHIN 6 working hours USING CALENDAR "cal shops" THEN notify rep', 'shadow');
SELECT FROM pulse.create_rule('cal before', 'WHEN 2 working days BEFORE due OF cal_asked PER customer USING CALENDAR "cal shops" THEN notify rep', 'shadow');
SELECT FROM pulse.create_rule('cal count', 'WHEN cal_asked HAPPENS 2 TIMES WITHIN 2 working days PER customer USING CALENDAR "cal shops" THEN notify rep', 'shadow');
SELECT FROM pulse.create_rule('cal count setting', 'WHEN cal_asked HAPPENS 2 TIMES WITHIN 2 working days PER customer THEN notify rep', 'shadow');
SELECT FROM pulse.create_rule('cal streak', 'WHILE cal sales WHERE units < 5 ON 3 CONSECUTIVE working days PER store USING CALENDAR "cal shops" THEN notify rep', 'shadow');
SELECT FROM pulse.create_rule('cal daily', 'EVERY working day AT 09:00 USING CALENDAR "cal shops" THEN notify rep', 'shadow');
SELECT * FROM cal_sweep('2026-03-02 08:30+08');
INSERT INTO pulse_event.cal_asked (at, customer, due) VALUES ('2026-03-02 09:00+08', 'a', '2026-03-12'), ('2026-03-05 12:00+08', 'a', '2026-03-12');
INSERT INTO cal_sales SELECT 'north', d, CASE WHEN extract(isodow FROM d) IN (2, 4, 6) THEN 1 ELSE 9 END FROM generate_series(date '2026-03-02', date '2026-03-09', interval '1 day') AS d;
DO $$
BEGIN
	FOR d IN 3 .. 20 LOOP
		PERFORM pulse.set_clock(make_timestamptz(2026, 3, d, 9, 30, 0, 'Asia/Shanghai'));
		PERFORM pulse.tick();
		PERFORM pulse.set_clock(make_timestamptz(2026, 3, d, 20, 0, 0, 'Asia/Shanghai'));
		PERFORM pulse.tick();
	END LOOP;
END $$;
SELECT rule, key, step, due_at, evidence ->> 'calendar' AS calendar FROM pulse.firings WHERE rule LIKE 'cal %' ORDER BY rule COLLATE "C", key COLLATE "C", step;
SELECT c.rule, t.title, t.created_at, t.due_at FROM pulse.tasks AS t JOIN pulse.cases AS c ON c.case_id = t.case_id WHERE c.rule LIKE 'cal %' ORDER BY c.rule;
-- why and explain_rule say which
SELECT line FROM regexp_split_to_table(pulse.why((SELECT max(firing_id) FROM pulse.firings WHERE rule = 'cal window')), '\n') AS line WHERE line ~ 'calendar';
SELECT l, r.name, t.line FROM (VALUES ('en'), ('zh')) AS v(l), pulse.rules AS r, regexp_split_to_table(pulse.explain_rule(r.name, l), '\n') WITH ORDINALITY AS t(line, place)
WHERE r.name LIKE 'cal %' AND t.line ~ 'calendar|日历|Next|接下来' AND t.line !~ 'USING|使用' ORDER BY l, r.name COLLATE "C", t.place;
SELECT line FROM regexp_split_to_table(pulse.explain_rule('cal window', 'en'), '\n') AS line WHERE line ~ '^  20';

-- ---- a backtest goes by it, too ----
SELECT rule, (SELECT array_agg(b.due_at ORDER BY b.due_at) FROM pulse.backtest(rule, '2026-03-02 08:00+08', '2026-03-20 08:00+08', 'arrived') AS b)
	= (SELECT array_agg(f.due_at ORDER BY f.due_at) FROM pulse.firings AS f WHERE f.rule = r.rule AND f.due_at < '2026-03-20 08:00+08') AS same
FROM (SELECT DISTINCT rule FROM pulse.firings WHERE rule LIKE 'cal %' AND rule <> 'cal streak') AS r ORDER BY rule COLLATE "C";

-- ---- it changes: what is set stays, what comes goes by the new days ----
SELECT pulse.alter_calendar('cal shops', weekdays => '{1,2,3,4,5,6,7}');
SELECT pulse.set_clock('2026-03-27 08:00+08');
INSERT INTO pulse_event.cal_asked (at, customer) VALUES ('2026-03-27 08:00+08', 'b');
SELECT FROM cal_sweep('2026-03-27 09:00+08');
SELECT rule, due_at FROM pulse.waits WHERE key = 'b' AND rule IN ('cal window', 'cal setting') ORDER BY rule;

-- ---- it can't be dropped while a rule names it ----
SELECT pulse.drop_calendar('cal shops');
\echo :LAST_ERROR_SQLSTATE
DELETE FROM pulse_internal.calendar WHERE name = 'cal shops';
\set VERBOSITY terse
UPDATE pulse_internal.calendar SET name = 'cal other' WHERE name = 'cal shops';
\set VERBOSITY default
SELECT pulse.drop_rule(name) FROM pulse.rules WHERE name LIKE 'cal %' AND name NOT IN ('cal window');
SELECT pulse.drop_calendar('cal shops');
-- another sentence lets it go
SELECT FROM pulse.alter_rule('cal window', 'WHEN cal_asked PER customer AND NOT cal_answered WITHIN 3 working days THEN notify rep');
SELECT pulse.drop_calendar('cal shops');
-- and one that is gone all the same (a superuser's doing) suspends its rule
SELECT pulse.create_calendar('cal gone', '{1,2,3,4,5}', true);
SELECT FROM pulse.alter_rule('cal window', 'WHEN cal_asked PER customer AND NOT cal_answered WITHIN 3 working days USING CALENDAR "cal gone" THEN notify rep');
ALTER TABLE pulse_internal.calendar DISABLE TRIGGER calendar_used;
DELETE FROM pulse_internal.calendar WHERE name = 'cal gone';
ALTER TABLE pulse_internal.calendar ENABLE TRIGGER calendar_used;
INSERT INTO pulse_event.cal_asked (at, customer) VALUES ('2026-03-27 09:30+08', 'c');
SELECT * FROM cal_sweep('2026-03-27 10:00+08');
SELECT state, reason FROM pulse.stat_rules WHERE rule = 'cal window';
SELECT pulse.set_rule_mode('cal window', 'live');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_calendar('cal gone', '{1,2,3,4,5}', true);
SELECT pulse.set_rule_mode('cal window', 'live');
-- a rule is read without any table
SELECT 'WHEN cal_asked PER customer AND NOT cal_answered WITHIN 3 working days USING CALENDAR "no such" FIRE PAST THEN notify rep'::pulse.rule;

SELECT pulse.drop_rule('cal window'), pulse.drop_calendar('cal gone');
TRUNCATE pulse_internal.cases, pulse_internal.case_event, pulse_internal.task, pulse_internal.message, pulse_internal.queue, pulse_internal.delivery, pulse_internal.firing, pulse_internal.wait;
DELETE FROM pulse_internal.label WHERE class = 'relation' OR name IN ('store', 'rep');
DROP FUNCTION cal_sweep;
DROP TABLE cal_sales;
SELECT pulse.drop_event('cal_asked'), pulse.drop_event('cal_answered');
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_clock(NULL);
SELECT pulse.set_setting('timezone', 'UTC');
