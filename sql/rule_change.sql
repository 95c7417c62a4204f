-- changes: events that carry old values, and rules about them
SET timezone = 'UTC';
SET client_min_messages = error;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_clock('2026-01-05 00:00+00');
CREATE TABLE change_opportunity (id int PRIMARY KEY, stage text, worth pulse.amount, note text);
SELECT pulse.watch('change_opportunity', 'change_seen',
	columns => 'opportunity = id, stage = stage, old_stage = old.stage, worth = new.worth, old_worth = old.worth, grown = new.worth OPERATOR(pulse.>) old.worth',
	condition => 'note IS DISTINCT FROM ''quiet''', operations => '{insert,update,delete}');
SELECT columns, condition FROM pulse.watches WHERE event = 'change_seen';
-- the kept text means the same when the table has another name
ALTER TABLE change_opportunity RENAME TO change_deal;
INSERT INTO change_deal VALUES (1, 'new', 'CNY 5'), (2, 'negotiation', NULL);
UPDATE change_deal SET stage = 'negotiation', worth = 'CNY 7' WHERE id = 1;
UPDATE change_deal SET worth = 'CNY 6', note = CASE WHEN id = 2 THEN 'quiet' END;
UPDATE change_deal SET id = 3, stage = NULL WHERE id = 1;
DELETE FROM change_deal WHERE id = 2;
SELECT opportunity, old_stage, stage, old_worth, worth, grown FROM pulse_event.change_seen ORDER BY event_id;
-- the same by rows
ALTER TABLE change_deal RENAME TO change_opportunity;
SELECT pulse.alter_watch('change_opportunity', 'change_seen', capture_level => 'row');
UPDATE change_opportunity SET stage = 'won' WHERE id = 3;
SELECT opportunity, old_stage, stage, old_worth, worth, grown FROM pulse_event.change_seen ORDER BY event_id DESC LIMIT 1;
-- what an old row has not
SELECT pulse.watch('change_opportunity', 'change_odd', columns => 'opportunity = id, x = old.nothing');
SELECT pulse.watch('change_opportunity', 'change_odd', columns => 'opportunity = id, x = old');
SELECT pulse.watch('change_opportunity', 'change_odd', columns => 'opportunity = id, x = old.ctid');

SELECT count(*) FROM pulse.create_rule('change enters', 'WHEN change_seen WHERE stage CHANGES TO "negotiation" PER opportunity THEN notify rep', 'live');
SELECT count(*) FROM pulse.create_rule('change won', 'WHEN change_seen WHERE stage CHANGES FROM "negotiation" TO "won" PER opportunity THEN notify rep', 'live');
SELECT count(*) FROM pulse.create_rule('change stays',
	'当change_seen（每个opportunity），其stage变为“negotiation”，且10个工作日内未发生change_seen（其stage发生变化）时，通知rep', 'live');
SELECT count(*) FROM pulse.create_rule('change worth', 'WHEN change_seen WHERE worth CHANGES AND grown is true PER opportunity THEN notify rep', 'live');
SELECT name, sentence_en FROM pulse.rules WHERE name LIKE 'change %' ORDER BY name;
SELECT * FROM pulse_internal.sweep_rules(1000);
SELECT pulse.set_clock('2026-01-05 10:00+00');
INSERT INTO change_opportunity VALUES (10, 'new', 'CNY 1'), (11, 'negotiation', 'CNY 1'), (12, 'new', NULL);
SELECT pulse.set_clock('2026-01-06 10:00+00');
UPDATE change_opportunity SET stage = 'negotiation' WHERE id IN (10, 11);
UPDATE change_opportunity SET worth = 'CNY 2';
SELECT pulse.set_clock('2026-01-10 10:00+00');
UPDATE change_opportunity SET stage = 'won' WHERE id IN (11, 12);
SELECT pulse.set_clock('2026-02-01 10:00+00');
SELECT events, more FROM pulse_internal.sweep_rules(1000);
SELECT rule, key, due_at FROM pulse.firings WHERE rule LIKE 'change %' ORDER BY rule, due_at, key;

-- the old value must be there, and fit
SELECT pulse.create_event('change_plain', 'opportunity int, stage text, old_size text, size int');
SELECT pulse.create_rule('change bad', 'WHEN change_plain WHERE stage CHANGES PER opportunity THEN notify rep');
SELECT pulse.create_rule('change bad', 'WHEN change_plain WHERE size CHANGES PER opportunity THEN notify rep');
SELECT pulse.create_rule('change bad', 'WHEN change_seen WHERE stage CHANGES TO 3 PER opportunity THEN notify rep');

SELECT count(*) FROM (SELECT pulse.drop_rule(name) FROM pulse.rules WHERE name LIKE 'change %') AS d;
DELETE FROM pulse_internal.wait;
DELETE FROM pulse_internal.firing;
SELECT pulse.drop_watch('change_opportunity', 'change_seen');
DROP TABLE change_opportunity;
SELECT pulse.drop_event('change_seen'), pulse.drop_event('change_plain');
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_clock(NULL);
