-- one digest a day; a rule that is silent while another one's case is open
SET timezone = 'UTC';
SET client_min_messages = error;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_setting('timezone', 'Asia/Shanghai');
SELECT pulse.set_clock('2026-03-02 09:00 Asia/Shanghai');
SELECT pulse.create_event('dig_overdue', 'invoice text, customer text, amount numeric');
SELECT pulse.create_event('dig_paid', 'invoice text');
SELECT pulse.create_event('dig_complaint', 'customer text, ticket text');
CREATE TABLE dig_staff (id int, name text, email text);
INSERT INTO dig_staff VALUES (1, 'Ann', 'ann@example.com');
SELECT pulse.map_staff('dig_staff', id => 'id', name => 'name', email => 'email');
SELECT pulse.map_role('rep', holder => '{1}');
SELECT pulse.label('event', 'dig_overdue', 'invoice overdue', '发票逾期'), pulse.label('key', 'customer', 'customer', '客户'), pulse.label('key', 'invoice', 'invoice', '发票'), pulse.label('role', 'rep', 'rep', '销售代表');

SELECT pulse.create_rule('digest', '同一客户有多张发票逾期（每张发票）时，每天只发一条汇总给销售代表');
SELECT sentence_en, sentence_zh, rule FROM pulse.rules WHERE name = 'digest';
SELECT pulse.alter_rule('digest', 'WHEN invoice overdue PER invoice THEN notify rep TOGETHER PER customer ONCE A DAY AT 18:00; 2 days later: text rep UNTIL dig_paid');
SELECT pulse.set_rule_mode('digest', 'live');
CREATE FUNCTION dig_tick(instant timestamptz, OUT firings int) AS $$
BEGIN
	PERFORM pulse.set_clock(instant);
	SELECT t.firings INTO firings FROM pulse.tick() AS t;
END $$ LANGUAGE plpgsql;
SELECT dig_tick('2026-03-02 09:00 Asia/Shanghai');
INSERT INTO pulse_event.dig_overdue (invoice, customer) VALUES ('i1', 'Acme'), ('i2', 'Acme'), ('i3', 'Beta');
SELECT dig_tick('2026-03-02 10:00 Asia/Shanghai');
SELECT key, withheld, released_at FROM pulse.firings ORDER BY key;
SELECT pulse.why(firing_id, 'en') FROM pulse.firings WHERE key = 'i1';
SELECT key, state FROM pulse.cases ORDER BY key;
INSERT INTO pulse_event.dig_overdue (invoice, customer) VALUES ('i4', 'Acme');
INSERT INTO pulse_event.dig_paid (invoice) VALUES ('i2');
SELECT dig_tick('2026-03-02 17:59 Asia/Shanghai');
SELECT count(*) FROM pulse.messages;
SELECT dig_tick('2026-03-02 18:00 Asia/Shanghai');
SELECT subject, body, state FROM pulse.messages ORDER BY subject;
SELECT key, withheld, released_at IS NOT NULL AS released FROM pulse.firings ORDER BY key;
-- too late for today's; and a day without any sends none
INSERT INTO pulse_event.dig_overdue (invoice, customer) VALUES ('i5', 'Acme');
SELECT dig_tick('2026-03-02 18:30 Asia/Shanghai');
SELECT dig_tick('2026-03-03 18:00 Asia/Shanghai');
SELECT count(*) FROM pulse.messages WHERE subject LIKE '%i5%' OR body LIKE '%i5%';
-- a rule without an end: its case is there until its digest is out
SELECT pulse.create_rule('short', 'WHEN dig_complaint PER ticket THEN notify rep TOGETHER PER customer ONCE A DAY', 'live');
SELECT dig_tick('2026-03-04 09:00 Asia/Shanghai');
INSERT INTO pulse_event.dig_complaint (customer, ticket) VALUES ('Acme', 't1'), ('Acme', 't2');
SELECT dig_tick('2026-03-04 10:00 Asia/Shanghai');
SELECT key, state FROM pulse.cases WHERE rule = 'short' ORDER BY key;
SELECT dig_tick('2026-03-05 08:00 Asia/Shanghai');
SELECT key, state FROM pulse.cases WHERE rule = 'short' ORDER BY key;
SELECT subject FROM pulse.messages AS m JOIN pulse.cases AS c USING (case_id) WHERE c.rule = 'short';
SELECT pulse.drop_rule('short');

-- inhibition
SELECT pulse.create_rule('complain', 'WHEN dig_complaint PER customer UNLESS rule "dunning" IS OPEN THEN notify rep', 'live');
SELECT pulse.create_rule('dunning', 'WHEN invoice overdue PER customer THEN text rep UNTIL dig_complaint WHERE ticket is "paid"', 'live');
SELECT sentence_zh FROM pulse.rules WHERE name = 'complain';
SELECT dig_tick('2026-03-06 09:00 Asia/Shanghai');
INSERT INTO pulse_event.dig_complaint (customer, ticket) VALUES ('Acme', 'c1'), ('Beta', 'c2');
INSERT INTO pulse_event.dig_overdue (invoice, customer) VALUES ('i6', 'Acme');
SELECT dig_tick('2026-03-06 10:00 Asia/Shanghai');
SELECT rule, key, withheld FROM pulse.firings WHERE rule IN ('complain', 'dunning') ORDER BY rule, key;
SELECT pulse.why(firing_id, 'zh') FROM pulse.firings WHERE rule = 'complain' AND key = 'Acme';
INSERT INTO pulse_event.dig_complaint (customer, ticket) VALUES ('Acme', 'c3');
SELECT dig_tick('2026-03-06 11:00 Asia/Shanghai');
INSERT INTO pulse_event.dig_complaint (customer, ticket) VALUES ('Acme', 'paid');
SELECT dig_tick('2026-03-06 12:00 Asia/Shanghai');
INSERT INTO pulse_event.dig_complaint (customer, ticket) VALUES ('Acme', 'c4');
SELECT dig_tick('2026-03-06 13:00 Asia/Shanghai');
SELECT due_at, withheld FROM pulse.firings WHERE rule = 'complain' AND key = 'Acme' ORDER BY due_at;
SELECT c.rule, c.key, c.state FROM pulse.cases AS c WHERE c.rule IN ('complain', 'dunning') ORDER BY c.case_id;
SET client_min_messages = warning;
SELECT pulse.alter_rule('complain', 'WHEN dig_complaint PER customer UNLESS rule "no such" IS OPEN THEN notify rep');
SET client_min_messages = error;

SELECT pulse.drop_rule('digest'), pulse.drop_rule('complain'), pulse.drop_rule('dunning');
SELECT pulse.drop_role('rep');
SELECT pulse.drop_event('dig_overdue'), pulse.drop_event('dig_paid'), pulse.drop_event('dig_complaint');
DROP TABLE dig_staff CASCADE;
DELETE FROM pulse_internal.mapping;
DELETE FROM pulse_internal.label;
DROP FUNCTION dig_tick(timestamptz);
TRUNCATE pulse_internal.cases, pulse_internal.case_event, pulse_internal.task, pulse_internal.message, pulse_internal.queue, pulse_internal.delivery, pulse_internal.firing, pulse_internal.wait;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_setting('timezone', 'UTC');
SELECT pulse.set_clock(NULL);
