-- FIRE PAST: what was due before a rule became active
SET timezone = 'Asia/Shanghai';
SET client_min_messages = error;
SET jit = off;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_setting('timezone', 'Asia/Shanghai');
SELECT pulse.set_clock('2026-03-01 08:00+08');
CREATE TABLE past_client (past_client text PRIMARY KEY, created_at timestamptz);
CREATE TABLE past_stock (item text PRIMARY KEY, supply int);
CREATE TABLE past_sales (store text, day date, units int, PRIMARY KEY (store, day));
SELECT pulse.create_event('past_bill', 'bill text, due date');
SELECT pulse.create_event('past_paid', 'bill text');
SELECT pulse.create_event('past_visit', 'past_client text');
SELECT pulse.describe_key('past_client', 'past_client', name => 'past_client', since => 'created_at');
SELECT pulse.label('relation', 'past_stock', 'past stock', '旧库存'), pulse.label('relation', 'past_sales', 'past sales', '旧销售'), pulse.label('key', 'item', 'item', '商品'),
	pulse.label('column', 'supply', 'supply', '供应天数', 'public.past_stock'), pulse.label('role', 'rep', 'rep', '销售代表'), pulse.label('role', 'boss', 'boss'), pulse.label('key', 'store', 'store', '门店');
CREATE VIEW past_firings AS
	SELECT rule, key, step, due_at, swept_at, superseded FROM pulse.firings WHERE rule LIKE 'past %' ORDER BY firing_id;
CREATE VIEW past_waits AS
	SELECT rule, key, opened_at, next_step, due_at, fired, end_reason FROM pulse.waits WHERE rule LIKE 'past %' ORDER BY rule COLLATE "C", key COLLATE "C", opened_at;
CREATE FUNCTION past_sweep(instant timestamptz, OUT events int, OUT firings int, OUT more boolean) AS $$
BEGIN
	PERFORM pulse.set_clock(instant);
	SELECT * INTO events, firings, more FROM pulse_internal.sweep_rules(1000);
END $$ LANGUAGE plpgsql;

-- both languages, the same rule
SELECT canonical_en, canonical_zh FROM pulse.check_rule('WHEN past_bill PER bill AND NOT past_paid WITHIN 3 days AFTER due FIRE PAST THEN notify rep');
SELECT canonical_en FROM pulse.check_rule('只要旧库存（每种商品），其供应天数低于7，含此前已到期的，通知销售代表');
SELECT message, detail, hint, char_position FROM pulse.check_rule('EVERY day AT 08:00 FIRE PAST THEN notify rep');
SELECT message, detail, hint, char_position FROM pulse.check_rule('当past_bill（每张bill），含此前已到期的，扣住');

-- ---- events: a date of before ----
SELECT FROM pulse.create_rule('past bill', 'WHEN past_bill PER bill AND NOT past_paid WITHIN 3 days AFTER due FIRE PAST THEN notify rep; 10 days later: mail boss; another 30 days later: mail head UNTIL past_paid', 'shadow');
SELECT FROM pulse.create_rule('past bill silent', 'WHEN past_bill PER bill AND NOT past_paid WITHIN 3 days AFTER due THEN notify rep; 10 days later: mail boss; another 30 days later: mail head UNTIL past_paid', 'shadow');
INSERT INTO pulse_event.past_bill (at, bill, due) VALUES ('2026-03-01 09:00+08', 'long ago', '2026-02-10'), ('2026-03-01 09:00+08', 'lately', '2026-02-24'), ('2026-02-20 09:00+08', 'late and lately', '2026-02-24'),
	('2026-03-01 09:00+08', 'paid', '2026-02-10'), ('2026-03-01 09:00+08', 'to come', '2026-03-05');
INSERT INTO pulse_event.past_paid (at, bill) VALUES ('2026-03-01 09:00+08', 'paid'), ('2026-02-27 09:00+08', 'late and lately');
SELECT * FROM past_sweep('2026-03-01 10:00+08');
-- true due times; of steps that are due by now the last one acts, and the later ones keep their times
SELECT * FROM past_firings ORDER BY rule COLLATE "C", key COLLATE "C", step;
SELECT * FROM past_waits;
SELECT * FROM past_sweep('2026-03-31 10:00+08');
SELECT * FROM past_firings WHERE swept_at = '2026-03-31 10:00+08' ORDER BY rule COLLATE "C", key COLLATE "C", step;

-- ---- members ----
SELECT pulse.set_clock('2026-04-01 08:00+08');
INSERT INTO past_client VALUES ('never', '2026-01-01 08:00+08'), ('old', '2026-01-01 08:00+08'), ('seen', '2026-01-01 08:00+08'), ('unknown', NULL);
INSERT INTO pulse_event.past_visit (at, past_client) VALUES ('2026-02-01 08:00+08', 'old'), ('2026-03-25 08:00+08', 'seen');
SET client_min_messages = notice;
SELECT FROM pulse.create_rule('past member', 'EACH past_client WITHOUT past_visit FOR 21 days FIRE PAST THEN notify rep; 60 days later: mail boss', 'shadow');
SELECT FROM pulse.create_rule('past member silent', 'EACH past_client WITHOUT past_visit FOR 21 days THEN notify rep; 60 days later: mail boss', 'shadow');
SET client_min_messages = error;
SELECT * FROM past_sweep('2026-04-01 09:00+08');
SELECT * FROM past_firings WHERE rule LIKE 'past member%' ORDER BY rule COLLATE "C", key COLLATE "C", step;
SELECT * FROM past_waits WHERE rule LIKE 'past member%';
-- a visit learnt of late: before it was due, so that firing was not needed; the next wait counts from it
INSERT INTO pulse_event.past_visit (at, past_client) VALUES ('2026-02-10 08:00+08', 'old');
-- who joins later and is overdue is due then, in both
INSERT INTO past_client VALUES ('joins', '2026-01-01 08:00+08');
SELECT * FROM past_sweep('2026-04-01 11:00+08');
SELECT rule, key, step, due_at, superseded, late_answer_at FROM pulse.firings WHERE rule LIKE 'past member%' AND key IN ('old', 'joins') ORDER BY rule COLLATE "C", key, due_at;
SELECT * FROM past_waits WHERE rule LIKE 'past member%' AND key IN ('old', 'joins');
-- the ladder of what passed in silence
SELECT * FROM past_sweep('2026-04-15 09:00+08');
SELECT * FROM past_firings WHERE swept_at = '2026-04-15 09:00+08' ORDER BY rule COLLATE "C", key COLLATE "C", step;

-- a change is no activation: who is overdue by the new sentence is due at its next look, and a preview counts them
SELECT FROM pulse.create_rule('past changed', 'EACH past_client WHERE past_client is "never" WITHOUT past_visit FOR 21 days THEN notify rep', 'shadow');
SELECT * FROM past_sweep('2026-04-15 10:00+08');
SET client_min_messages = notice;
SELECT count(*) FROM pulse.preview_rule_change('past changed', 'EACH past_client WITHOUT past_visit FOR 21 days THEN notify rep');
SET client_min_messages = error;
SELECT FROM pulse.alter_rule('past changed', 'EACH past_client WITHOUT past_visit FOR 21 days THEN notify rep');
SELECT * FROM past_sweep('2026-04-15 11:00+08');
SELECT * FROM past_firings WHERE rule = 'past changed' ORDER BY key COLLATE "C";
-- nor is it when a suspended rule is taken up again: what passed in silence stays silent
SELECT pulse.set_clock('2026-04-15 11:30+08');
SELECT FROM pulse.create_rule('past failing', 'EACH past_client WITHOUT past_visit FOR 21 days THEN notify rep', 'shadow');
SELECT * FROM past_sweep('2026-04-15 12:00+08');
UPDATE pulse_internal.rule SET state = 'suspended', reason = 'a test' WHERE name = 'past failing';
SELECT pulse.set_rule_mode('past failing', 'shadow');
INSERT INTO past_client VALUES ('meanwhile', '2026-01-01 08:00+08');
SELECT * FROM past_sweep('2026-04-15 13:00+08');
SELECT key, step, due_at FROM past_firings WHERE rule = 'past failing' ORDER BY key COLLATE "C";
SELECT pulse.drop_rule(name) FROM pulse.rules WHERE name IN ('past member', 'past member silent', 'past changed', 'past failing');

-- a first look that comes late, after sweeps with a backlog: who came due after the activation, never visited or not, is found;
-- a visit of meanwhile answers, and hides nothing
DELETE FROM past_client;
SELECT pulse.set_clock('2026-04-20 08:00+08');
INSERT INTO past_client VALUES ('before', '2026-01-01 08:00+08'), ('before, seen', '2026-01-01 08:00+08'), ('due', '2026-03-30 10:00+08'), ('due, seen', '2026-03-30 10:00+08'),
	('seen in time', '2026-03-30 10:00+08'), ('to come', '2026-04-01 08:00+08'), ('unknown', NULL);
SELECT FROM pulse.create_rule('past member', 'EACH past_client WITHOUT past_visit FOR 21 days FIRE PAST THEN notify rep; 60 days later: mail boss', 'shadow');
SELECT FROM pulse.create_rule('past member silent', 'EACH past_client WITHOUT past_visit FOR 21 days THEN notify rep; 60 days later: mail boss', 'shadow');
INSERT INTO past_client VALUES ('joined', '2026-04-20 09:00+08');
INSERT INTO pulse_event.past_visit (at, past_client) VALUES ('2026-04-20 09:30+08', 'seen in time'), ('2026-04-20 11:00+08', 'due, seen'), ('2026-04-20 11:00+08', 'before, seen'),
	('2026-04-20 11:00+08', 'joined'), ('2026-04-20 11:00+08', 'nobody');
SELECT pulse.set_clock('2026-04-20 12:00+08');
SELECT more, firings FROM pulse_internal.sweep_rules(2);
SELECT more, firings FROM pulse_internal.sweep_rules(2);
SELECT more, firings FROM pulse_internal.sweep_rules(2);
SELECT * FROM past_firings WHERE rule LIKE 'past member%' ORDER BY rule COLLATE "C", key COLLATE "C", step;
SELECT * FROM past_waits WHERE rule LIKE 'past member%';
SELECT * FROM past_sweep('2026-05-11 12:00+08');
SELECT * FROM past_firings WHERE rule LIKE 'past member%' AND swept_at = '2026-05-11 12:00+08' ORDER BY rule COLLATE "C", key COLLATE "C", step;
SELECT pulse.drop_rule(name) FROM pulse.rules WHERE name IN ('past member', 'past member silent');

-- ---- states: known by the first look, with FIRE PAST or without ----
SELECT pulse.set_clock('2026-05-12 08:00+08');
INSERT INTO past_stock VALUES ('bolt', 3), ('nut', 30);
SET client_min_messages = notice;
SELECT FROM pulse.create_rule('past state', 'WHILE past stock WHERE supply < 7 PER item FIRE PAST THEN notify rep; 2 days later: mail boss', 'shadow');
SELECT FROM pulse.create_rule('past state silent', '只要旧库存（每种商品），其供应天数低于7，就通知销售代表；2天后，邮件通知boss', 'shadow');
SELECT FROM pulse.create_rule('past state lasting', 'WHILE past stock WHERE supply < 7 FOR 3 days PER item FIRE PAST THEN notify rep', 'shadow');
SET client_min_messages = error;
SELECT * FROM past_sweep('2026-05-12 08:02+08');
UPDATE past_stock SET supply = 3;
SELECT * FROM past_sweep('2026-05-12 09:00+08');
SELECT * FROM past_sweep('2026-05-15 09:00+08');
SELECT * FROM past_firings WHERE rule LIKE 'past state%' ORDER BY rule COLLATE "C", key COLLATE "C", step;
SELECT pulse.drop_rule(name) FROM pulse.rules WHERE name LIKE 'past state%';

-- ---- streaks ----
SELECT pulse.set_clock('2026-05-20 08:00+08');
INSERT INTO past_sales SELECT 'north', d, 1 FROM generate_series(date '2026-05-11', date '2026-05-21', interval '1 day') AS d;
INSERT INTO past_sales SELECT 'south', d, 1 FROM generate_series(date '2026-05-18', date '2026-05-21', interval '1 day') AS d;
SET client_min_messages = notice;
SELECT FROM pulse.create_rule('past streak', 'WHILE past sales WHERE units < 5 ON 3 CONSECUTIVE days PER store FIRE PAST THEN notify rep', 'shadow');
SELECT FROM pulse.create_rule('past streak silent', 'WHILE past sales WHERE units < 5 ON 3 CONSECUTIVE days PER store THEN notify rep', 'shadow');
SET client_min_messages = error;
SELECT * FROM past_sweep('2026-05-20 08:02+08');
SELECT * FROM past_sweep('2026-05-21 08:02+08');
SELECT * FROM past_firings WHERE rule LIKE 'past streak%' ORDER BY rule COLLATE "C", key COLLATE "C", step;
SELECT pulse.drop_rule(name) FROM pulse.rules WHERE name LIKE 'past streak%';

-- ---- a relation that can't be counted starts all the same, and the sweep says why it fails ----
CREATE VIEW past_bad AS SELECT item, 1 / (supply - 3) AS supply FROM past_stock;
SELECT pulse.label('relation', 'past_bad', 'past bad');
SET client_min_messages = notice;
SELECT FROM pulse.create_rule('past bad', 'WHILE past bad WHERE supply < 7 PER item THEN notify rep', 'shadow');
SET client_min_messages = error;
SELECT * FROM past_sweep('2026-05-21 09:00+08');
SELECT state, reason FROM pulse.stat_rules WHERE rule = 'past bad';
SELECT pulse.drop_rule('past bad');

-- ---- a rule that was stopped: what came due meanwhile ----
SELECT pulse.set_clock('2026-06-01 08:00+08');
INSERT INTO pulse_event.past_bill (at, bill, due) VALUES ('2026-06-01 08:00+08', 'stopped', '2026-06-05');
SELECT * FROM past_sweep('2026-06-01 09:00+08');
SELECT pulse.set_rule_mode(name, 'draft') FROM pulse.rules WHERE name IN ('past bill', 'past bill silent') ORDER BY name;
SELECT pulse.set_clock('2026-06-20 08:00+08');
SELECT rule, key, due_at, overdue, reason, what_to_do FROM pulse.overdue_waits WHERE key = 'stopped' ORDER BY rule;
SET client_min_messages = notice;
SELECT pulse.set_rule_mode('past bill', 'shadow');
SELECT pulse.set_rule_mode('past bill silent', 'shadow');
SET client_min_messages = error;
SELECT pulse.set_clock('2026-06-20 08:05+08');
SELECT rule, due_at, overdue FROM pulse.overdue_waits WHERE key = 'stopped' ORDER BY rule;
SELECT * FROM past_sweep('2026-06-20 09:00+08');
SELECT rule, step, due_at, superseded FROM past_firings WHERE key = 'stopped' ORDER BY rule, step;
SELECT count(*) FROM pulse.overdue_waits;

-- ---- waits that begin anew ----
INSERT INTO pulse_event.past_bill (at, bill, due) VALUES ('2026-06-20 08:00+08', 'anew', '2026-06-18');
SELECT * FROM past_sweep('2026-06-20 10:00+08');
SET client_min_messages = notice;
SELECT key, outcome, fired, step_after, due_after FROM pulse.preview_rule_change('past bill silent', 'WHEN past_bill PER bill AND NOT past_paid WITHIN 1 day AFTER due THEN notify rep; 30 days later: mail boss', 'restart') WHERE key = 'anew';
SELECT key, outcome, fired, step_after, due_after FROM pulse.preview_rule_change('past bill silent', 'WHEN past_bill PER bill AND NOT past_paid WITHIN 1 day AFTER due FIRE PAST THEN notify rep; 30 days later: mail boss', 'restart') WHERE key = 'anew';
SET client_min_messages = error;
SELECT FROM pulse.alter_rule('past bill silent', 'WHEN past_bill PER bill AND NOT past_paid WITHIN 1 day AFTER due FIRE PAST THEN notify rep; 30 days later: mail boss', running => 'restart');
SELECT rule, key, step, due_at FROM past_firings WHERE key = 'anew' AND rule = 'past bill silent';

-- ---- explained ----
SELECT l, t.line FROM (VALUES ('en'), ('zh')) AS v(l), unnest(ARRAY[
	'WHEN past_bill PER bill AND NOT past_paid WITHIN 3 days AFTER due FIRE PAST THEN notify rep',
	'WHEN past_bill PER bill AND NOT past_paid WITHIN 3 days AFTER due THEN notify rep',
	'WHILE past stock WHERE supply < 7 PER item FIRE PAST THEN notify rep',
	'WHILE past stock WHERE supply < 7 PER item THEN notify rep',
	'WHILE past stock WHERE supply < 7 FOR 3 days PER item THEN notify rep']) WITH ORDINALITY AS s(sentence, n),
	regexp_split_to_table(pulse.explain_rule(s.sentence, l), '\n') WITH ORDINALITY AS t(line, place)
WHERE t.line ~ 'bec[ao]mes? active|启动' ORDER BY l, s.n, t.place;

-- ---- random streams: live is the backtest by arrival ----
SELECT pulse.drop_rule(name) FROM pulse.rules WHERE name LIKE 'past %';
DELETE FROM pulse_event.past_bill; DELETE FROM pulse_event.past_paid; DELETE FROM pulse_event.past_visit; DELETE FROM past_client;
DELETE FROM pulse_internal.firing; DELETE FROM pulse_internal.wait;
SELECT pulse.create_calendar('past shops', '{2,4,5,6}', true);
INSERT INTO past_client SELECT 'c' || i, CASE WHEN i % 3 = 0 THEN timestamptz '2026-06-01 00:00+08' + i * interval '5 hours' END FROM generate_series(1, 40) AS i;
INSERT INTO pulse_event.past_visit (at, recorded, past_client) SELECT '2026-06-25 00:00+08', '2026-06-25 00:00+08', 'c' || i FROM generate_series(1, 40, 4) AS i;
SELECT pulse.set_clock('2026-07-01 00:00+08');
SELECT * FROM past_sweep('2026-07-01 00:00+08');
SELECT FROM pulse.create_rule('past each', 'WHEN past_bill PER bill EACH TIME AND NOT past_paid WITHIN 3 working days AFTER due USING CALENDAR "past shops" FIRE PAST THEN notify rep; another 2 working days later: mail boss UNTIL past_paid', 'shadow');
SELECT FROM pulse.create_rule('past one', 'WHEN past_bill PER bill AND NOT past_paid WITHIN 2 days AFTER due FIRE PAST THEN notify rep; 5 days later: mail boss UNTIL past_paid', 'shadow');
SELECT FROM pulse.create_rule('past quiet', 'WHEN past_bill PER bill EACH TIME AND NOT past_paid WITHIN 3 working days AFTER due USING CALENDAR "past shops" THEN notify rep; another 2 working days later: mail boss UNTIL past_paid', 'shadow');
SELECT FROM pulse.create_rule('past cool', 'WHEN past_bill PER bill EACH TIME AT MOST ONCE IN 4 working days AND NOT past_paid WITHIN 1 working day AFTER due USING CALENDAR "past shops" FIRE PAST THEN notify rep', 'shadow');
SELECT FROM pulse.create_rule('past member', 'EACH past_client WITHOUT past_visit FOR 6 working days USING CALENDAR "past shops" FIRE PAST THEN notify rep; 3 days later: mail boss', 'shadow');
SELECT FROM pulse.create_rule('past member quiet', 'EACH past_client WITHOUT past_visit FOR 6 working days USING CALENDAR "past shops" THEN notify rep; 3 days later: mail boss', 'shadow');
DO $$
BEGIN
	PERFORM setseed(0.25);
	FOR h IN 0 .. 250 LOOP
		PERFORM pulse.set_clock(timestamptz '2026-07-01 00:00+08' + h * interval '3 hours');
		PERFORM pulse_internal.sweep_rules(1000);
		COMMIT;
		CONTINUE WHEN h = 0;	-- the first look is over when events come
		INSERT INTO pulse_event.past_bill (at, bill, due)
		SELECT pulse.clock() - CASE WHEN random() < 0.4 THEN (random() * 30)::int ELSE 0 END * interval '11 hours 7 minutes', 'b' || i,
			pulse.day_of(pulse.clock()) + (random() * 30)::int - 20
		FROM generate_series(1, 60) AS i WHERE random() < 0.02;
		INSERT INTO pulse_event.past_paid (at, bill)
		SELECT pulse.clock() - CASE WHEN random() < 0.4 THEN (random() * 30)::int ELSE 0 END * interval '9 hours 13 minutes', 'b' || i
		FROM generate_series(1, 60) AS i WHERE random() < 0.015;
		INSERT INTO pulse_event.past_visit (at, past_client)
		SELECT pulse.clock() - CASE WHEN random() < 0.3 THEN (random() * 20)::int ELSE 0 END * interval '11 hours 7 minutes', 'c' || i
		FROM generate_series(1, 40) AS i WHERE random() < 0.012;
		COMMIT;
	END LOOP;
END $$;
CREATE VIEW past_compared AS
WITH live AS (
	SELECT f.rule, f.key, f.step, f.due_at FROM pulse.firings AS f WHERE f.rule LIKE 'past %' AND f.due_at < '2026-08-01 06:00+08'
), replayed AS (
	SELECT r.name AS rule, b.key, b.step, b.due_at
	FROM pulse.rules AS r, pulse.backtest(r.name, '2026-07-01 00:00+08', '2026-08-01 06:00+08', 'arrived') AS b WHERE r.name LIKE 'past %'
)
SELECT r.name AS rule, (SELECT count(*) > 40 FROM live AS l WHERE l.rule = r.name) AS many,
	(SELECT count(*) FROM live AS l WHERE l.rule = r.name AND l.due_at < '2026-07-01 00:00+08') > 0 AS some_past,
	(SELECT count(*) FROM (SELECT * FROM live WHERE rule = r.name EXCEPT ALL SELECT * FROM replayed WHERE rule = r.name) AS x) AS missing,
	(SELECT count(*) FROM (SELECT * FROM replayed WHERE rule = r.name EXCEPT ALL SELECT * FROM live WHERE rule = r.name) AS x) AS more
FROM pulse.rules AS r WHERE r.name LIKE 'past %';
SELECT * FROM past_compared ORDER BY rule COLLATE "C";

-- a backtest from later on: what arrived before makes nothing fire that was due before
WITH replayed AS (
	SELECT h.history, b.due_at, CASE h.history WHEN 'arrived' THEN e.recorded ELSE e.at END AS learnt
	FROM (VALUES ('arrived'), ('happened')) AS h(history), pulse.backtest('past each', '2026-07-15 00:00+08', '2026-07-30', h.history) AS b
	JOIN pulse_event.past_bill AS e ON e.event_id = b.trigger_event
)
SELECT history, count(*) FILTER (WHERE due_at < '2026-07-15 00:00+08') > 5 AS some_past,
	count(*) FILTER (WHERE due_at < '2026-07-15 00:00+08' AND learnt < '2026-07-15 00:00+08') AS wrong,
	count(*) FILTER (WHERE due_at >= '2026-07-15 00:00+08' AND learnt < '2026-07-15 00:00+08') > 5 AS some_waited
FROM replayed GROUP BY history ORDER BY history;
-- and its firings from there on are those of a backtest from the beginning
WITH long AS (
	SELECT b.key, b.step, b.due_at FROM pulse.backtest('past each', '2026-07-01 00:00+08', '2026-07-30', 'arrived') AS b WHERE b.due_at >= '2026-07-15 00:00+08'
), short AS (
	SELECT b.key, b.step, b.due_at FROM pulse.backtest('past each', '2026-07-15 00:00+08', '2026-07-30', 'arrived') AS b WHERE b.due_at >= '2026-07-15 00:00+08'
)
SELECT (SELECT count(*) > 20 FROM long) AS many, (SELECT count(*) FROM (SELECT * FROM long EXCEPT ALL SELECT * FROM short) AS x) AS missing,
	(SELECT count(*) FROM (SELECT * FROM short EXCEPT ALL SELECT * FROM long) AS x) AS more;

SELECT pulse.drop_rule(name) FROM pulse.rules WHERE name LIKE 'past %';
SELECT pulse.drop_calendar('past shops');
DELETE FROM pulse_internal.mapping WHERE name = 'past_client';
DELETE FROM pulse_internal.firing; DELETE FROM pulse_internal.wait;
DELETE FROM pulse_internal.label WHERE class = 'relation' OR scope LIKE 'public.past%' OR name IN ('item', 'rep', 'boss', 'store');
DROP VIEW past_compared, past_firings, past_waits, past_bad;
DROP FUNCTION past_sweep;
DROP VIEW IF EXISTS pulse_event.key_past_client;
DROP TABLE past_client, past_stock, past_sales;
SELECT pulse.drop_event('past_bill'), pulse.drop_event('past_paid'), pulse.drop_event('past_visit');
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_clock(NULL);
SELECT pulse.set_setting('timezone', 'UTC');
