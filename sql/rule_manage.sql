-- making, changing and dropping rules
SELECT pulse.create_event('man_order', 'customer text, total numeric');
SELECT pulse.create_event('man_visit', 'customer text');
SELECT pulse.label('event', 'man_order', 'order', '下单'), pulse.label('event', 'man_visit', 'visit', '回访'),
	pulse.label('key', 'customer', 'customer', '客户'), pulse.label('role', 'rep', 'rep', '销售代表');
SELECT pulse.set_clock('2026-01-05 09:00+00');

-- a rule begins as a draft and starts when it leaves it
SELECT pulse.create_rule('man one', 'when order per customer and not visit within 3 days then notify rep');
SELECT name, sentence, sentence_en, sentence_zh, mode, state, key_name, version, active_since FROM pulse.rules WHERE name LIKE 'man%';
SELECT pulse.set_rule_mode('man one', 'shadow');
SELECT mode, active_since AT TIME ZONE 'UTC' AS active_since FROM pulse.rules WHERE name = 'man one';
SELECT pulse.set_clock('2026-01-06 09:00+00');
SELECT pulse.set_rule_mode('man one', 'live');
SELECT mode, active_since AT TIME ZONE 'UTC' AS active_since FROM pulse.rules WHERE name = 'man one';
SELECT pulse.set_rule_mode('man one', 'draft');
SELECT pulse.set_rule_mode('man one', 'live');
SELECT mode, active_since AT TIME ZONE 'UTC' AS active_since FROM pulse.rules WHERE name = 'man one';

-- another sentence, another name
SELECT pulse.alter_rule('man one', '当下单（每个客户），其total超过100，且2个工作日内未发生回访时，通知销售代表；1天后，通知销售代表“再催”；直到回访为止');
SELECT name, sentence_en, mode, version FROM pulse.rules WHERE name LIKE 'man%';
SELECT step, action, verb, role, copies, body, due_in FROM pulse_internal.rule_action AS a JOIN pulse_internal.rule AS r USING (rule_id)
WHERE r.name = 'man one' ORDER BY step, action;
SELECT pulse.alter_rule('man one', new_name => '回访催办');
SELECT pulse.alter_rule('回访催办', 'when order per customer then mail unheard_of CC rep');	-- warns
SELECT name, sentence_zh, version FROM pulse.rules WHERE name = '回访催办';

-- open waits go on by the new steps; with another key or first event they end
SELECT pulse.create_rule('man waits', 'when order per customer and not visit within 3 days then notify rep; 1 day later: notify rep; 2 days later: notify rep', 'live');
INSERT INTO pulse_internal.wait (rule_id, key, opened_at, trigger_kind, trigger_event, trigger_recorded, anchor, next_step, due_at, first_due)
SELECT r.rule_id, w.key, pulse.clock(), r.trigger_kind, w.next_step, pulse.clock(), pulse.clock(), w.next_step, pulse.clock() + '1 day',
	CASE WHEN w.next_step > 0 THEN pulse.clock() END
FROM pulse_internal.rule AS r, (VALUES ('a', 0), ('b', 1), ('c', 2)) AS w(key, next_step) WHERE r.name = 'man waits';
SELECT pulse.alter_rule('man waits', 'when order per customer and not visit within 3 days then notify rep; 5 days later: text rep');
SELECT w.key, w.next_step, w.due_at IS NOT NULL AS due, w.end_reason FROM pulse_internal.wait AS w JOIN pulse_internal.rule AS r USING (rule_id)
WHERE r.name = 'man waits' ORDER BY w.key;
SELECT pulse.alter_rule('man waits', 'when visit per customer then notify rep');
SELECT w.key, w.next_step, w.due_at IS NOT NULL AS due, w.end_reason FROM pulse_internal.wait AS w JOIN pulse_internal.rule AS r USING (rule_id)
WHERE r.name = 'man waits' ORDER BY w.key;
DELETE FROM pulse_internal.wait AS w USING pulse_internal.rule AS r WHERE r.rule_id = w.rule_id AND r.name = 'man waits';
SELECT pulse.drop_rule('man waits');

-- through the view
INSERT INTO pulse.rules (name, sentence) VALUES ('man two', '当下单（每个客户）时，短信通知销售代表');
UPDATE pulse.rules SET mode = 'live', sentence = 'when order where total >= 5 per customer then text rep' WHERE name = 'man two';
UPDATE pulse.rules SET name = 'man 2' WHERE name = 'man two';
UPDATE pulse.rules SET sentence = 'when order then' WHERE name = 'man 2';
INSERT INTO pulse.rules (name, sentence) VALUES ('man 2', 'when order per customer then text rep');
INSERT INTO pulse.rules (name, sentence) VALUES (NULL, 'when order per customer then text rep');
UPDATE pulse.rules SET sentence = NULL WHERE name = 'man 2';
SELECT name, sentence_en, sentence_zh, mode, version FROM pulse.rules WHERE name LIKE 'man%' OR name = '回访催办' ORDER BY name COLLATE "C";

-- as one text, and back
SELECT pulse.dump_rules('zh');
SELECT pulse.dump_rules('en');
SELECT pulse.dump_rules();
SELECT * FROM pulse.load_rules(pulse.dump_rules('zh'));
SELECT * FROM pulse.load_rules($$
	rule man 2: when order where total >= 5 per customer then text rep.
	rule man three: WHEN order PER customer AND NOT visit WITHIN 3 days
		THEN notify rep "rule x: not a heading";
		  2 days later: text rep.
	规则 四：当下单（每个客户）时，通知销售代表。规则五：当回访（每个客户）时，通知销售代表$$);
SELECT name, sentence_en, mode, version FROM pulse.rules WHERE name IN ('man 2', 'man three', '四', '五') ORDER BY name COLLATE "C";
-- all or none, with the place in the whole text
SELECT * FROM pulse.load_rules($$rule man six: when order per customer then text rep.
rule man seven: when order per customer then call rep.$$);
SELECT * FROM pulse.load_rules('rule a: when order per customer then text rep. rule a: when order per customer then text rep');
SELECT * FROM pulse.load_rules('when order per customer then text rep');
SELECT * FROM pulse.load_rules('rule : when order per customer then text rep');
SELECT * FROM pulse.load_rules('规则 名称，当下单时，通知销售代表');
SELECT * FROM pulse.load_rules('');
SELECT count(*) FROM pulse.rules WHERE name IN ('man six', 'man seven', 'a');

-- bad input
SELECT pulse.create_rule('man 2', 'when order per customer then text rep');
SELECT pulse.create_rule('', 'when order per customer then text rep');
SELECT pulse.create_rule('a: b', 'when order per customer then text rep');
SELECT pulse.create_rule('man x', NULL);
SELECT pulse.create_rule(NULL, 'when order per customer then text rep');
SELECT pulse.create_rule('man x', 'when order per customer then text rep', 'on');
SELECT pulse.alter_rule('no such rule', 'when order per customer then text rep');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.alter_rule('man 2', new_name => 'man three');
SELECT pulse.drop_rule('no such rule');
SELECT pulse.set_rule_mode('no such rule', 'live');
SELECT pulse.set_rule_mode('man 2', 'dead');
SELECT pulse.rule_text('when a then text b', 'fr');
SELECT pulse.rule_text(NULL, 'en');

-- a rule whose names vanish is broken, and says why
SELECT pulse.create_event('man_gone', 'customer text');
SELECT pulse.create_rule('man gone', 'when man_gone per customer then text rep', 'live');
SELECT pulse.drop_event('man_gone');
SELECT state, reason FROM pulse.rules WHERE name = 'man gone';
SELECT pulse.set_rule_mode('man gone', 'live');
SELECT pulse.create_event('man_gone', 'customer text');
SELECT state, reason FROM pulse.rules WHERE name = 'man gone';
SELECT pulse.set_rule_mode('man gone', 'live');
SELECT v.state, v.reason, k.name FROM pulse.rules AS v JOIN pulse_internal.rule AS r USING (name) JOIN pulse_internal.event_kind AS k ON k.kind_id = r.trigger_kind
WHERE r.name = 'man gone';
SELECT pulse.drop_rule('man gone');
SELECT pulse.drop_event('man_gone');
-- a column that a condition needs can't be dropped; renamed, the rule says so
\set VERBOSITY sqlstate
ALTER TABLE pulse_event.man_order DROP COLUMN total;
\set VERBOSITY default
SELECT state FROM pulse.rules WHERE name = 'man 2';
ALTER TABLE pulse_event.man_order RENAME COLUMN total TO sum;
SELECT state, reason FROM pulse.rules WHERE name = 'man 2';
SELECT ok, canonical_en FROM pulse.check_rule('when order where sum >= 5 per customer then text rep');
ALTER TABLE pulse_event.man_order RENAME COLUMN sum TO total;
SELECT state, reason FROM pulse.rules WHERE name = 'man 2';

-- a rule is its author's
CREATE ROLE regress_man_author;
CREATE ROLE regress_man_other;
CREATE ROLE regress_man_admin;
GRANT pulse_author TO regress_man_author, regress_man_other;
GRANT pulse_admin TO regress_man_admin;
SET ROLE regress_man_author;
SELECT pulse.create_rule('man mine', 'when order where total > 1 per customer then text rep');
RESET ROLE;
GRANT USAGE ON SCHEMA pulse_event TO regress_man_author, regress_man_admin;
GRANT SELECT ON pulse_event.man_order TO regress_man_author;
SET ROLE regress_man_author;
SELECT pulse.create_rule('man mine', 'when order where total > 1 per customer then text rep');
SELECT name, author, mode FROM pulse.rules WHERE name = 'man mine';
SELECT pulse.drop_rule('man 2');
SET ROLE regress_man_other;
SELECT pulse.alter_rule('man mine', 'when order per customer then text rep');
SELECT pulse.set_rule_mode('man mine', 'live');
DELETE FROM pulse.rules WHERE name = 'man mine';
\echo :LAST_ERROR_SQLSTATE
UPDATE pulse_internal.rule SET mode = 'live';
-- an administrator stops, renames and drops it, but does not write what runs with its author's rights
SET ROLE regress_man_admin;
SELECT pulse.alter_rule('man mine', 'when order where total > 2 per customer then text rep');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.set_rule_mode('man mine', 'shadow'), pulse.set_rule_mode('man mine', 'draft');
RESET ROLE;
GRANT regress_man_author TO regress_man_admin;
SET ROLE regress_man_admin;
SELECT pulse.alter_rule('man mine', 'when order where total > 2 per customer then text rep');
RESET ROLE;
SELECT r.author, pg_get_userbyid(p.proowner) AS function_owner, r.version
FROM pulse_internal.rule AS r JOIN pg_proc AS p ON p.proname = r.trigger_function WHERE r.name = 'man mine';
CREATE ROLE regress_man_nobody;
SET ROLE regress_man_nobody;
SELECT pulse.create_rule('man x', 'when order per customer then text rep');
SELECT pulse.check_rule('when order per customer then text rep');
SELECT * FROM pulse.rules;
RESET ROLE;

DELETE FROM pulse.rules;
SELECT count(*) FROM pulse_internal.rule_action;
SELECT count(*) FROM pg_proc WHERE proname ~ '^rule_[0-9]+_(trigger|absent|until)$' AND pronamespace = 'pulse_event'::regnamespace;
REVOKE ALL ON SCHEMA pulse_event FROM regress_man_author, regress_man_admin;
REVOKE ALL ON pulse_event.man_order FROM regress_man_author;
DROP ROLE regress_man_author, regress_man_other, regress_man_admin, regress_man_nobody;
SELECT count(pulse.label(class, name, scope => scope)) FROM pulse.labels;
SELECT pulse.drop_event('man_order'), pulse.drop_event('man_visit');
SELECT pulse.set_clock(NULL);
