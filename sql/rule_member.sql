-- members without an event: the customer never visited is found
SET timezone = 'Asia/Shanghai';
SET client_min_messages = error;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_setting('timezone', 'Asia/Shanghai');
SELECT pulse.set_clock('2026-03-01 08:00+08');
CREATE TABLE member_client (member_client text PRIMARY KEY, name text, grade text, created_at timestamptz);
SELECT pulse.create_event('member_visit', 'member_client text, kind text');
SELECT pulse.create_event('member_call', 'member_client text');
INSERT INTO member_client VALUES ('never', 'Never', 'A', '2025-01-01'), ('new', 'New', 'A', '2026-02-25 08:00+08'),
	('old', 'Old', 'A', '2025-01-01'), ('seen', 'Seen', 'A', '2025-01-01'), ('small', 'Small', 'B', '2025-01-01');
INSERT INTO pulse_event.member_visit (at, member_client, kind) VALUES ('2026-01-10 08:00+08', 'old', 'visit'), ('2026-02-20 08:00+08', 'seen', 'visit'),
	('2026-02-27 08:00+08', 'old', 'letter'), ('2026-02-20 08:00+08', 'small', 'visit');
CREATE VIEW member_waits AS
	SELECT rule, key, opened_at, next_step, due_at, fired, end_reason, ended_at FROM pulse.waits WHERE rule LIKE 'member %' ORDER BY rule, key, opened_at;
CREATE VIEW member_firings AS
	SELECT rule, key, step, due_at, swept_at, superseded, late_answer_at FROM pulse.firings WHERE rule LIKE 'member %' ORDER BY firing_id;
CREATE FUNCTION member_sweep(instant timestamptz, OUT events int, OUT firings int, OUT more boolean) AS $$
BEGIN
	PERFORM pulse.set_clock(instant);
	SELECT * INTO events, firings, more FROM pulse_internal.sweep_rules(1000);
END $$ LANGUAGE plpgsql;

-- nobody has said where the members are; then that is said
SELECT message, hint FROM pulse.check_rule('EACH member_client WITHOUT member_visit FOR 21 days THEN notify rep');
SELECT pulse.describe_key('member_client', 'member_client', name => 'name', since => 'created_at');
SELECT pulse.create_rule('member quiet', 'EACH member_client WHERE grade is "A" WITHOUT member_visit WHERE kind is "visit" FOR 21 days FIRE PAST THEN assign rep "Visit"; 7 days later: mail director UNTIL member_visit WHERE kind is "visit"', 'live');
SELECT rule FROM pulse.rules WHERE name = 'member quiet';
SELECT message FROM pulse.check_rule('EACH member_client WHERE turnover > 5 WITHOUT member_visit FOR 21 days THEN notify rep');

-- overdue before the rule begins: with FIRE PAST due when they were; the others count from their visit, or from since
SELECT * FROM member_sweep('2026-03-01 09:00+08');
SELECT * FROM member_waits;
SELECT * FROM member_firings;
SELECT key FROM pulse_internal.rule_member ORDER BY key;
-- a visit ends the case, and the next wait counts from it; those of others open nothing
INSERT INTO pulse_event.member_visit (at, member_client, kind) VALUES ('2026-03-02 08:00+08', 'never', 'visit'), ('2026-03-02 08:00+08', 'small', 'visit'),
	('2026-03-02 08:00+08', 'old', 'letter');
SELECT * FROM member_sweep('2026-03-02 10:00+08');
SELECT * FROM member_waits;
-- members come and go; who comes overdue is due at once, who goes has nothing open
INSERT INTO member_client VALUES ('fresh', 'Fresh', 'A', '2026-03-02 12:00+08');
UPDATE member_client SET grade = 'A' WHERE name = 'Small';
UPDATE member_client SET grade = 'B' WHERE name IN ('Seen', 'Old');
SELECT * FROM member_sweep('2026-03-02 10:30+08');
SELECT count(*) FROM member_waits WHERE key IN ('fresh', 'small');
SELECT * FROM member_sweep('2026-03-02 13:00+08');
SELECT * FROM member_waits;
SELECT * FROM member_sweep('2026-03-18 08:00+08');
SELECT * FROM member_firings;
-- a visit learnt of late: in time, so the task was not needed; the next wait counts from it
INSERT INTO pulse_event.member_visit (at, member_client, kind) VALUES ('2026-03-10 08:00+08', 'new', 'visit');
SELECT * FROM member_sweep('2026-03-22 09:00+08');
INSERT INTO pulse_event.member_visit (at, member_client, kind) VALUES ('2026-03-20 08:00+08', 'never', 'visit');
SELECT * FROM member_sweep('2026-03-23 09:00+08');
INSERT INTO pulse_event.member_visit (at, member_client, kind) VALUES ('2026-03-22 23:00+08', 'small', 'visit'), ('2026-03-22 23:30+08', 'fresh', 'visit');
SELECT * FROM member_sweep('2026-03-24 09:00+08');
SELECT * FROM member_firings;
SELECT * FROM member_waits;
-- late, from before the member came under the rule
INSERT INTO member_client VALUES ('moved', 'Moved', 'A', '2025-01-01');
SELECT * FROM member_sweep('2026-03-24 11:00+08');
SELECT key, due_at FROM member_firings WHERE key = 'moved';
INSERT INTO pulse_event.member_visit (at, member_client, kind) VALUES ('2026-02-01 08:00+08', 'moved', 'visit');
SELECT * FROM member_sweep('2026-03-24 11:10+08');
SELECT key, due_at, late_answer_at FROM member_firings WHERE key = 'moved';
INSERT INTO pulse_event.member_visit (at, member_client, kind) VALUES ('2026-03-20 08:00+08', 'moved', 'visit');
SELECT * FROM member_sweep('2026-03-24 11:20+08');
SELECT key, due_at, late_answer_at FROM member_firings WHERE key = 'moved';
SELECT * FROM member_waits WHERE key = 'moved';

-- why, in both languages; the evidence has the member's row
SELECT pulse.why((SELECT min(firing_id) FROM pulse.firings WHERE rule = 'member quiet' AND key = 'old'), l) FROM (VALUES ('en'), ('zh')) AS t(l);
SELECT evidence -> 'trigger' FROM pulse.firings WHERE rule = 'member quiet' AND key = 'old';

SELECT pulse.explain_rule('member quiet', l) FROM (VALUES ('en'), ('zh')) AS t(l);

-- what ends the case begins the next wait, where the sentence names another event
SELECT count(*) FROM pulse.create_rule('member call', 'EACH member_client WHERE name is "New" WITHOUT member_visit FOR 10 days THEN notify rep UNTIL member_call', 'shadow');
SELECT * FROM member_sweep('2026-04-01 09:00+08');
INSERT INTO pulse_event.member_visit (at, member_client, kind) VALUES ('2026-04-02 08:00+08', 'new', 'visit');
SELECT * FROM member_sweep('2026-04-02 09:00+08');
SELECT key, opened_at, due_at, fired FROM member_waits WHERE rule = 'member call';
INSERT INTO pulse_event.member_call (at, member_client) VALUES ('2026-04-03 08:00+08', 'new');
SELECT * FROM member_sweep('2026-04-03 09:00+08');
SELECT key, opened_at, due_at, fired FROM member_waits WHERE rule = 'member call' ORDER BY opened_at;

-- another ladder keeps the waits, another condition lets members go
SELECT count(*) FROM pulse.alter_rule('member quiet', 'EACH member_client WHERE name is "Never" WITHOUT member_visit WHERE kind is "visit" FOR 21 days THEN notify rep');
SELECT * FROM member_sweep('2026-04-03 09:10+08');
SELECT key, opened_at, due_at, end_reason FROM member_waits WHERE rule = 'member quiet';

-- a backtest by arrival finds what the sweeps found: random visits, some booked late
DELETE FROM pulse_event.member_visit; DELETE FROM pulse_internal.firing; DELETE FROM pulse_internal.wait;
INSERT INTO member_client SELECT 'c' || i, 'C', 'A', CASE WHEN i % 3 = 0 THEN timestamptz '2026-04-20' END FROM generate_series(1, 60) AS i;
SELECT pulse.set_clock('2026-05-01 00:00+08');
SELECT count(*) FROM pulse.create_rule('member tested', 'EACH member_client WHERE name is "C" WITHOUT member_visit FOR 9 days THEN notify rep; 3 days later: mail director', 'shadow');
DO $$
BEGIN
	PERFORM setseed(0.5);
	FOR h IN 0 .. 400 LOOP
		PERFORM pulse.set_clock(timestamptz '2026-05-01 00:00+08' + h * interval '3 hours');
		PERFORM pulse_internal.sweep_rules(1000);
		COMMIT;
		INSERT INTO pulse_event.member_visit (at, member_client, kind)
		SELECT pulse.clock() - CASE WHEN random() < 0.3 THEN (random() * 20)::int ELSE 0 END * interval '11 hours 7 minutes', 'c' || i, 'visit'
		FROM generate_series(1, 60) AS i WHERE random() < 0.012;
		COMMIT;
	END LOOP;
END $$;
WITH live AS (
	SELECT f.key, f.step, f.due_at FROM pulse.firings AS f WHERE f.rule = 'member tested' AND f.due_at < '2026-06-15'
), replayed AS (
	SELECT b.key, b.step, b.due_at FROM pulse.backtest('member tested', '2026-05-01 00:00+08', '2026-06-15', 'arrived') AS b
), missing AS (
	SELECT * FROM live EXCEPT SELECT * FROM replayed
), more AS (
	SELECT * FROM replayed EXCEPT SELECT * FROM live
)
SELECT (SELECT count(*) > 100 FROM live) AS many, (SELECT count(*) FROM missing) AS missing, (SELECT count(*) FROM more) AS more,
	(SELECT count(*) > 5 FROM pulse.firings WHERE rule = 'member tested' AND late_answer_at IS NOT NULL) AS some_late;
WITH naive AS (
	-- as it happened: each visit, or the start, with no visit for 9 days after it; what was due before the rule passes in silence
	SELECT v.key, v.at + interval '9 days' AS due_at
	FROM (SELECT u.key, u.at, lead(u.at) OVER (PARTITION BY u.key ORDER BY u.at) AS next FROM (
			SELECT e.member_client AS key, e.at FROM pulse_event.member_visit AS e WHERE e.at > '2026-05-01 00:00+08' OR e.at = (
				SELECT max(b.at) FROM pulse_event.member_visit AS b WHERE b.member_client = e.member_client AND b.at <= '2026-05-01 00:00+08')
			UNION ALL SELECT c.member_client, coalesce(c.created_at, '2026-05-01 00:00+08') FROM member_client AS c
			WHERE c.name = 'C' AND NOT EXISTS (SELECT FROM pulse_event.member_visit AS b WHERE b.member_client = c.member_client AND b.at <= '2026-05-01 00:00+08')) AS u) AS v
	WHERE coalesce(v.next, 'infinity') >= v.at + interval '9 days' AND v.at + interval '9 days' >= '2026-05-01 00:00+08'
), replayed AS (
	SELECT b.key, b.due_at FROM pulse.backtest('member tested', '2026-05-01 00:00+08', '2026-06-15') AS b WHERE b.step = 1
)
SELECT (SELECT count(*) > 50 FROM replayed) AS many, (SELECT count(*) FROM (SELECT * FROM naive WHERE due_at < '2026-06-15' EXCEPT SELECT * FROM replayed) AS x) AS missing,
	(SELECT count(*) FROM (SELECT * FROM replayed EXCEPT SELECT * FROM naive) AS x) AS more;
SELECT * FROM pulse.backtest('member tested', '-infinity', '2026-06-15');

-- a rule is its author's: without the right to read the members there is none
CREATE ROLE regress_member_author IN ROLE pulse_author;
GRANT USAGE ON SCHEMA pulse_event TO regress_member_author;
GRANT SELECT ON pulse_event.member_visit TO regress_member_author;
SET ROLE regress_member_author;
SELECT pulse.create_rule('member forbidden', 'EACH member_client WITHOUT member_visit FOR 21 days THEN notify rep');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;

-- a relation that fails suspends its rule; the others go on
SELECT count(*) FROM pulse.create_rule('member broken', 'EACH member_client WITHOUT member_visit FOR 2 days THEN notify rep', 'live');
DROP VIEW pulse_event.key_member_client;
SELECT * FROM member_sweep('2026-04-05 09:10+08');
SELECT rule, state, reason FROM pulse.stat_rules WHERE rule = 'member broken';

SELECT pulse.drop_rule(name) FROM pulse.rules WHERE name LIKE 'member %';
SELECT count(*) FROM pulse_internal.rule_member;
DELETE FROM pulse_internal.mapping WHERE name = 'member_client';
DROP FUNCTION member_sweep;
DROP VIEW member_waits, member_firings;
DELETE FROM pulse_internal.firing; DELETE FROM pulse_internal.wait;
DROP OWNED BY regress_member_author; DROP ROLE regress_member_author;
DROP TABLE member_client;
SELECT pulse.drop_event('member_visit'), pulse.drop_event('member_call');
SELECT pulse.set_clock(NULL);
SELECT pulse.set_setting('timezone', 'UTC');
