-- versions of rules: what they said, what changed, what becomes of open waits
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SET timezone = 'UTC';
SELECT pulse.create_event('ver_order', 'customer text, total numeric');
SELECT pulse.create_event('ver_visit', 'customer text');
SELECT pulse.label('event', 'ver_order', 'order', '下单'), pulse.label('event', 'ver_visit', 'visit', '回访'),
	pulse.label('key', 'customer', 'customer', '客户'), pulse.label('role', 'rep', 'rep', '销售代表');
SELECT pulse.set_clock('2026-01-05 09:00+00');
SELECT pulse.create_rule('ver one', 'when order per customer and not visit within 10 days then notify rep; 5 days later: notify rep', 'shadow');
-- a: waits; b: waits and would be overdue under 3 days; c: has fired; d: too small for the second version
INSERT INTO pulse_event.ver_order (at, recorded, customer, total) VALUES
	('2026-01-05 10:00+00', '2026-01-05 10:00+00', 'c', 100), ('2026-01-06 10:00+00', '2026-01-06 10:00+00', 'b', 100),
	('2026-01-15 08:00+00', '2026-01-15 08:00+00', 'a', 100), ('2026-01-15 08:30+00', '2026-01-15 08:30+00', 'd', 1);
SELECT pulse.set_clock('2026-01-15 12:00+00');
SELECT events, firings FROM pulse.tick();
SELECT key, next_step, due_at AT TIME ZONE 'UTC' AS due, fired FROM pulse.waits WHERE rule = 'ver one' ORDER BY key;

-- each way, listed first; what happens is what was listed
CREATE TABLE ver_seen AS SELECT 'none'::text AS running, p.* FROM pulse.preview_rule_change('ver one', 'when order per customer then notify rep') AS p LIMIT 0;
CREATE FUNCTION ver_try(running text, sentence text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	same boolean;
BEGIN
	DELETE FROM ver_seen;
	INSERT INTO ver_seen SELECT ver_try.running, p.* FROM pulse.preview_rule_change('ver one', ver_try.sentence, ver_try.running) AS p;
	BEGIN
		PERFORM pulse.alter_rule('ver one', ver_try.sentence, running => ver_try.running);
		SELECT NOT EXISTS (
			(SELECT key, opened_at, step_after, due_after FROM ver_seen WHERE outcome <> 'ends'
			 EXCEPT SELECT w.key, w.opened_at, w.next_step, w.due_at FROM pulse.waits AS w WHERE w.rule = 'ver one' AND w.end_reason IS NULL)
			UNION ALL
			(SELECT w.key, w.opened_at, w.next_step, w.due_at FROM pulse.waits AS w WHERE w.rule = 'ver one' AND w.end_reason IS NULL
			 EXCEPT SELECT key, opened_at, step_after, due_after FROM ver_seen WHERE outcome <> 'ends'))
		INTO same;
		RAISE EXCEPTION USING ERRCODE = 'P0777';
	EXCEPTION WHEN SQLSTATE 'P0777' THEN
		NULL;
	END;
	RETURN same;
END $$;
SELECT ver_try('keep', 'when order where total > 10 per customer and not visit within 3 days then notify rep; 5 days later: notify rep');
SELECT key, fired, outcome, step_before, due_before AT TIME ZONE 'UTC' AS due_before, step_after, due_after AT TIME ZONE 'UTC' AS due_after FROM ver_seen ORDER BY key;
SELECT ver_try('restart', 'when order where total > 10 per customer and not visit within 3 days then notify rep; 5 days later: notify rep');
SELECT key, fired, outcome, step_before, due_before AT TIME ZONE 'UTC' AS due_before, step_after, due_after AT TIME ZONE 'UTC' AS due_after FROM ver_seen ORDER BY key;
SELECT ver_try('restart', 'when order per customer and not visit within 20 days then notify rep');
SELECT key, fired, outcome, step_before, due_before AT TIME ZONE 'UTC' AS due_before, step_after, due_after AT TIME ZONE 'UTC' AS due_after FROM ver_seen ORDER BY key;
SELECT ver_try('end', 'when order per customer and not visit within 20 days then notify rep');
SELECT key, fired, outcome, step_after FROM ver_seen ORDER BY key;
SELECT ver_try('restart', 'when visit per customer then notify rep; 1 day later: notify rep');
SELECT key, outcome FROM ver_seen ORDER BY key;
-- looking changed nothing
SELECT version FROM pulse.rules WHERE name = 'ver one';
SELECT key, next_step, due_at AT TIME ZONE 'UTC' AS due FROM pulse.waits WHERE rule = 'ver one' ORDER BY key;

-- for good: what begins anew is what the new sentence makes of the history, from now on
INSERT INTO pulse_event.ver_visit (at, recorded, customer) VALUES ('2026-01-15 11:00+00', '2026-01-15 11:00+00', 'd');
SELECT pulse.set_clock('2026-01-15 13:00+00');
SELECT events, firings FROM pulse.tick();
SELECT pulse.alter_rule('ver one', 'when order per customer and not visit within 12 days then notify rep; 5 days later: notify rep', running => 'restart');
SELECT key, next_step, due_at AT TIME ZONE 'UTC' AS due, fired, end_reason FROM pulse.waits WHERE rule = 'ver one' ORDER BY key, wait_id;
SELECT pulse.set_clock('2026-02-15 13:00+00');
SELECT events, firings FROM pulse.tick();
SELECT key, step, version, due_at AT TIME ZONE 'UTC' AS due, superseded FROM pulse.firings WHERE rule = 'ver one' ORDER BY due_at, key;

-- the versions, and what differs
SELECT pulse.alter_rule('ver one', new_name => 'ver 1');
SELECT rule, version, sentence_en, since AT TIME ZONE 'UTC' AS since, until AT TIME ZONE 'UTC' AS until, state, running, changed_by = current_user AS mine
FROM pulse.rule_versions WHERE rule = 'ver 1' ORDER BY version;
SELECT * FROM pulse.rule_diff('ver 1', 1, 2, 'en');
SELECT * FROM pulse.rule_diff('ver 1', 1, 2, 'zh');
SELECT change, words FROM pulse.rule_diff('ver 1', 2, 2, 'en');
-- the same in other words is no version
SELECT pulse.alter_rule('ver 1', '当下单（每个客户），且12天内未发生回访时，通知销售代表；5天后，通知销售代表', running => 'end');
SELECT version FROM pulse.rules WHERE name = 'ver 1';

-- a change with a day of its own
SELECT pulse.alter_rule('ver 1', 'when order per customer and not visit within 7 days then text rep', running => 'end', active_from => '2026-03-01 00:00+00');
SELECT version, sentence, since AT TIME ZONE 'UTC' AS since, state, running FROM pulse.rule_versions WHERE rule = 'ver 1' AND state <> 'past' ORDER BY version;
SELECT pulse.cancel_rule_change('ver 1'), pulse.cancel_rule_change('ver 1');
SELECT pulse.alter_rule('ver 1', 'when order per customer and not visit within 7 days then text rep', running => 'restart', active_from => '2026-03-01 00:00+00');
INSERT INTO pulse_event.ver_order (at, recorded, customer, total) VALUES ('2026-02-25 10:00+00', '2026-02-25 10:00+00', 'e', 1);
SELECT pulse.set_clock('2026-02-28 23:00+00');
SELECT events, firings FROM pulse.tick();
SELECT version FROM pulse.rules WHERE name = 'ver 1';
SELECT pulse.set_clock('2026-03-01 00:00+00');
SELECT events, firings FROM pulse.tick();
SELECT name, version, sentence_en FROM pulse.rules WHERE name = 'ver 1';
SELECT key, next_step, due_at AT TIME ZONE 'UTC' AS due FROM pulse.waits WHERE rule = 'ver 1' AND end_reason IS NULL ORDER BY key;
SELECT version, state, running, changed_by = current_user AS mine FROM pulse.rule_versions WHERE rule = 'ver 1' ORDER BY version;
SELECT pulse.set_clock('2026-03-10 00:00+00');
SELECT events, firings FROM pulse.tick();
SELECT key, step, version, due_at AT TIME ZONE 'UTC' AS due FROM pulse.firings WHERE rule = 'ver 1' AND version = 3;
-- one that can't be made any more says why, once, and stops nothing
SELECT pulse.alter_rule('ver 1', 'when order where total > 1 per customer then text rep', active_from => '2026-04-01 00:00+00');
ALTER TABLE pulse_event.ver_order RENAME COLUMN total TO sum;
SELECT pulse.set_clock('2026-04-02 00:00+00');
SELECT events, firings FROM pulse.tick();
SELECT state, failure FROM pulse.rule_versions WHERE rule = 'ver 1' AND version IS NULL;
ALTER TABLE pulse_event.ver_order RENAME COLUMN sum TO total;
SELECT pulse.cancel_rule_change('ver 1');

-- ONCE begins anew once, EACH TIME every wait
SELECT pulse.create_rule('ver once', 'when order per customer once and not visit within 10 days then notify rep', 'shadow');
SELECT pulse.create_rule('ver each', 'when order per customer each time and not visit within 10 days then notify rep', 'shadow');
INSERT INTO pulse_event.ver_order (at, recorded, customer, total) VALUES ('2026-04-03 10:00+00', '2026-04-03 10:00+00', 'x', 1), ('2026-04-04 10:00+00', '2026-04-04 10:00+00', 'x', 2);
SELECT pulse.set_clock('2026-04-05 00:00+00');
SELECT events, firings FROM pulse.tick();
SELECT rule, key, due_at AT TIME ZONE 'UTC' AS due FROM pulse.waits WHERE rule LIKE 'ver %' AND key = 'x' ORDER BY rule, due_at;
SELECT pulse.alter_rule('ver once', 'when order per customer once and not visit within 5 days then notify rep', running => 'restart');
SELECT pulse.alter_rule('ver each', 'when order where total > 1 per customer each time and not visit within 5 days then notify rep', running => 'restart');
SELECT rule, key, due_at AT TIME ZONE 'UTC' AS due FROM pulse.waits WHERE rule IN ('ver once', 'ver each') ORDER BY rule, due_at;

-- bad input
SELECT pulse.alter_rule('ver 1', 'when order per customer then text rep', running => 'stop');
SELECT * FROM pulse.preview_rule_change('ver 1', 'when order per customer then text rep', 'stop');
SELECT * FROM pulse.preview_rule_change('nobody', 'when order per customer then text rep');
SELECT * FROM pulse.preview_rule_change('ver 1', 'when order per customer then');
SELECT * FROM pulse.rule_diff('ver 1', 1, 99);
SELECT * FROM pulse.rule_diff('ver 1', 1, 2, 'fr');
SELECT pulse.cancel_rule_change('nobody');
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT pulse.alter_rule('ver 1', 'when order per customer and not visit within 8 days then text rep', running => 'restart');
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
-- another's rule
CREATE ROLE regress_ver_other;
GRANT pulse_author TO regress_ver_other;
SET ROLE regress_ver_other;
SELECT * FROM pulse.preview_rule_change('ver 1', 'when order per customer then text rep');
SELECT pulse.alter_rule('ver 1', 'when order per customer then text rep', active_from => '2030-01-01 00:00+00');
SELECT pulse.cancel_rule_change('ver 1');
SELECT count(*) > 0 AS sees FROM pulse.rule_versions WHERE rule = 'ver 1';
RESET ROLE;
DROP ROLE regress_ver_other;
-- a dropped rule leaves its versions and firings
SELECT pulse.drop_rule('ver 1'), pulse.drop_rule('ver once'), pulse.drop_rule('ver each');
SELECT rule, version, state FROM pulse.rule_versions WHERE rule = 'ver 1' ORDER BY version;
SELECT words FROM pulse.rule_diff('ver 1', 1, 3, 'en') WHERE change = 'added';
DROP FUNCTION ver_try(text, text);
DROP TABLE ver_seen;
DELETE FROM pulse_internal.firing;
DELETE FROM pulse_internal.wait;
DELETE FROM pulse_internal.rule_version;
SELECT count(pulse.label(class, name, scope => scope)) FROM pulse.labels;
SELECT pulse.drop_event('ver_order'), pulse.drop_event('ver_visit');
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_clock(NULL);
