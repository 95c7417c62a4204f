-- steps that repeat: every so often, so many times or until the wait ends
SET timezone = 'Asia/Shanghai';
SET client_min_messages = error;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_setting('timezone', 'Asia/Shanghai');
SELECT pulse.set_clock('2026-01-31 08:00+08');
SELECT pulse.create_event('rep_expiring', 'machine int, customer int');
SELECT pulse.create_event('rep_renewed', 'machine int');
CREATE TABLE rep_staff (id int, name text, email text, mobile text);
INSERT INTO rep_staff VALUES (1, 'Ann', 'ann@example.com', '13800000001');
SELECT pulse.map_staff('rep_staff', id => 'id', name => 'name', email => 'email', mobile => 'mobile');
SELECT pulse.map_role('rep_owner', holder => '{1}');
SELECT count(*) FROM pulse.create_rule('rep bounded', 'WHEN rep_expiring PER machine THEN assign rep_owner "Renew" DUE IN 2 days;'
	' every 10 days AT MOST 3 TIMES: text rep_owner "Please renew"; another 7 days later: mail rep_owner UNTIL rep_renewed', 'live');
SELECT count(*) FROM pulse.create_rule('rep monthly', '当rep_expiring（每个machine）时，每1个月，指派rep_owner“盘点”，限2个工作日完成；直到rep_renewed为止', 'live');
SELECT sentence_en, sentence_zh FROM pulse.rules WHERE name LIKE 'rep %' ORDER BY name;
SELECT * FROM pulse.tick();

-- the clock goes to an instant, and one tick runs
CREATE FUNCTION rep_tick(instant timestamptz, OUT firings int) AS $$
BEGIN
	PERFORM pulse.set_clock(instant);
	SELECT t.firings INTO firings FROM pulse.tick() AS t;
END $$ LANGUAGE plpgsql;
INSERT INTO pulse_event.rep_expiring (machine, customer) VALUES (1, 7), (2, 7);
SELECT * FROM rep_tick('2026-01-31 09:00+08');
-- two are missed: both are recorded, the latest acts; machine 2 is renewed in between
INSERT INTO pulse_event.rep_renewed (at, machine) VALUES ('2026-02-15 00:00+08', 2);
SELECT * FROM rep_tick('2026-02-21 09:00+08');
SELECT rule, key, step, repetition, due_at, superseded FROM pulse.firings WHERE rule LIKE 'rep %' ORDER BY rule, key, step, repetition;
SELECT rule, key, next_step, repeated, due_at FROM pulse.waits WHERE rule LIKE 'rep %' ORDER BY rule, key;
SELECT pulse.why(firing_id, l) FROM pulse.firings, unnest(ARRAY['en', 'zh']) AS l
WHERE rule = 'rep bounded' AND key = '1' AND repetition = 2 ORDER BY l;
SELECT name, value FROM pulse.firings, pulse.why_rows(firing_id)
WHERE rule = 'rep bounded' AND key = '1' AND repetition = 2 AND topic = 'step';
-- months don't drift; the last day of the month stays the last
SELECT * FROM rep_tick('2026-02-28 09:00+08');
SELECT * FROM rep_tick('2026-04-01 09:00+08');
SELECT repetition, due_at, superseded FROM pulse.firings WHERE rule = 'rep monthly' AND key = '1' ORDER BY repetition;
-- after the last one the ladder goes on
SELECT step, repetition, due_at, superseded FROM pulse.firings WHERE rule = 'rep bounded' AND key = '1' ORDER BY step, repetition;
-- each repetition is a message of its own, a task only while none of the step is open
SELECT c.rule, m.step, m.repetition, m.channel, m.state, m.body LIKE '%Reminder number 2.%' AS says_second
FROM pulse.messages AS m JOIN pulse.cases AS c USING (case_id) WHERE c.rule LIKE 'rep %' AND c.key = '1' ORDER BY c.rule, m.step, m.repetition;
SELECT rule, title, due_at, state FROM pulse.tasks WHERE rule LIKE 'rep %' AND key = '1' ORDER BY rule, task_id;
SELECT pulse.finish_task(task_id) FROM pulse.tasks WHERE rule = 'rep monthly' AND key = '1';
SELECT * FROM rep_tick('2026-04-30 09:00+08');
SELECT state, finished_at FROM pulse.tasks WHERE rule = 'rep monthly' AND key = '1' ORDER BY task_id;

-- a backtest repeats alike; it looks as far as it is asked to
SELECT key, step, repetition, due_at, superseded FROM pulse.backtest('rep bounded', '2026-01-01', '2026-04-01') ORDER BY key, step, repetition;
SELECT count(*) FROM (
	SELECT key, step, repetition, due_at FROM pulse.firings WHERE rule = 'rep monthly'
	EXCEPT SELECT key, step, repetition, due_at FROM pulse.backtest('rep monthly', '2026-01-01', '2026-05-01', 'arrived')) AS live_only;
SELECT count(*), max(repetition) FROM pulse.backtest('rep monthly', '2026-01-01', '2030-01-01');

-- another ladder: the repeat that runs is over, its due time stays
SELECT pulse.alter_rule('rep monthly', 'WHEN rep_expiring PER machine THEN every 1 month AT MOST 2 TIMES: assign rep_owner "Count" UNTIL rep_renewed');
SELECT * FROM rep_tick('2026-06-30 09:00+08');
SELECT step, repetition, due_at FROM pulse.firings WHERE rule = 'rep monthly' AND key = '1' AND due_at > '2026-05-01' ORDER BY due_at;
SELECT next_step, repeated FROM pulse.waits WHERE rule = 'rep monthly' AND key = '1';

-- without an end
SELECT pulse.create_rule('rep endless', 'WHEN rep_expiring PER machine THEN text rep_owner; every 10 days: text rep_owner');
SELECT pulse.create_rule('rep endless', '当rep_expiring（每个machine）时，每10天提醒一次rep_owner');
\echo :LAST_ERROR_SQLSTATE

SELECT pulse.drop_rule(name) FROM pulse.rules WHERE name LIKE 'rep %' ORDER BY name;
SELECT pulse.drop_role('rep_owner');
DROP TABLE rep_staff CASCADE;
DELETE FROM pulse_internal.mapping;
DROP FUNCTION rep_tick(timestamptz);
TRUNCATE pulse_internal.cases, pulse_internal.case_event, pulse_internal.task, pulse_internal.message, pulse_internal.queue, pulse_internal.delivery, pulse_internal.firing, pulse_internal.wait;
SELECT pulse.drop_event('rep_expiring'), pulse.drop_event('rep_renewed');
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_setting('timezone', 'UTC');
SELECT pulse.set_clock(NULL);
