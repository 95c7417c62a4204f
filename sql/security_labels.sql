-- what a rule says is kept by names: labels that somebody else changes do not change what it means
SET timezone = 'UTC';
SET client_min_messages = error;
\set SHOW_CONTEXT never
SELECT pulse.set_setting('timezone', 'UTC'), pulse.set_setting('language', 'en');
SELECT pulse.set_clock('2026-03-02 08:00+00');
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
CREATE ROLE regress_label_super SUPERUSER;
CREATE ROLE regress_label_other IN ROLE pulse_author;
SET ROLE regress_label_super;
SELECT pulse.create_event('labels_paid', 'customer text, amount int, fee int'), pulse.create_event('labels_seen', 'customer text, amount int, fee int');
CREATE SCHEMA labels_app;
GRANT USAGE ON SCHEMA labels_app TO PUBLIC;
CREATE TABLE labels_app.stock (item text, n int);
CREATE TABLE labels_app.orders (item text, n int);
INSERT INTO labels_app.orders VALUES ('o', 1);
SELECT pulse.label('event', 'labels_paid', en => 'bill paid', zh => '已付'), pulse.label('event', 'labels_seen', en => 'page seen', zh => '已看'),
	pulse.label('column', 'amount', en => 'sum', scope => 'labels_paid'), pulse.label('column', 'fee', en => 'charge', scope => 'labels_paid'),
	pulse.label('relation', 'labels_app.stock', en => 'goods in stock'), pulse.label('relation', 'labels_app.orders', en => 'open orders');
CREATE FUNCTION labels_meaning() RETURNS TABLE (rule text, sentence text, language text, names text, version int) LANGUAGE sql STABLE AS
	$$ SELECT r.name, r.sentence, r.language, r.rule::text, r.version FROM pulse_internal.rule AS r WHERE r.name LIKE 'labels %' ORDER BY r.name COLLATE "C" $$;
SELECT pulse.create_rule('labels stopped', 'WHEN bill paid WHERE sum > 5 PER customer THEN notify rep', 'live');
SELECT pulse.create_rule('labels plain', 'WHEN bill paid PER customer THEN notify rep', 'live');
SELECT pulse.set_rule_mode('labels stopped', 'draft'), pulse.set_rule_mode('labels plain', 'draft');
SELECT pulse.create_rule('labels changed', 'WHEN labels_seen PER customer THEN notify rep', 'live');
SELECT pulse.create_rule('labels read', 'WHEN labels_seen PER customer THEN notify rep', 'live');
SELECT pulse.alter_rule('labels changed', '当已付（每个客户）时，通知rep', active_from => '2026-03-02 10:00+00')
	WHERE pulse.label('key', 'customer', zh => '客户') IS NOT NULL;
SELECT pulse.alter_rule('labels read', 'WHILE goods in stock WHERE n < 7 PER item THEN notify rep', active_from => '2026-03-02 10:00+00');
SELECT rule, state, sentence, sentence_en FROM pulse.rule_versions WHERE rule LIKE 'labels %' AND state = 'to come' ORDER BY rule COLLATE "C";

-- somebody else gives the words another meaning
SET ROLE regress_label_other;
SELECT pulse.label('event', 'labels_paid', en => 'page seen', zh => '已看'), pulse.label('event', 'labels_seen', en => 'bill paid', zh => '已付'),
	pulse.label('column', 'amount', en => 'charge', scope => 'labels_paid'), pulse.label('column', 'fee', en => 'sum', scope => 'labels_paid'),
	pulse.label('relation', 'labels_app.stock', en => 'open orders'), pulse.label('relation', 'labels_app.orders', en => 'goods in stock');
SET ROLE regress_label_super;
SELECT pulse.set_rule_mode('labels stopped', 'live');
SELECT pulse.set_rule_mode('labels plain', 'live');
SELECT pulse.set_clock('2026-03-02 10:30+00');
SELECT events, firings FROM pulse.tick();
SELECT * FROM labels_meaning();
INSERT INTO pulse_event.labels_seen (customer, amount, fee) VALUES ('seen', 9, 9);
INSERT INTO pulse_event.labels_paid (customer, amount, fee) VALUES ('paid', 9, 1), ('cheap', 1, 9);
SELECT pulse.set_clock('2026-03-02 11:30+00');
SELECT events, firings FROM pulse.tick();
SELECT rule, key FROM pulse.firings WHERE rule LIKE 'labels %' ORDER BY rule COLLATE "C", key;

-- whoever writes it anew has read what it says now
SELECT pulse.alter_rule('labels plain', 'WHEN bill paid PER customer THEN notify rep');
SELECT names FROM labels_meaning() WHERE rule = 'labels plain';

RESET ROLE;
SELECT count(pulse.drop_rule(name)) FROM pulse.rules WHERE name LIKE 'labels %';
SELECT count(pulse.label(class, name, scope => scope)) FROM pulse.labels WHERE name LIKE 'labels%' OR scope LIKE 'labels%' OR (class = 'key' AND name = 'customer');
SELECT pulse.drop_event('labels_paid'), pulse.drop_event('labels_seen');
DELETE FROM pulse_internal.cases;
DELETE FROM pulse_internal.message;
DELETE FROM pulse_internal.queue;
DELETE FROM pulse_internal.delivery;
DELETE FROM pulse_internal.wait;
DELETE FROM pulse_internal.firing;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
DELETE FROM pulse_internal.job;
DROP FUNCTION labels_meaning();
DROP SCHEMA labels_app CASCADE;
DROP OWNED BY regress_label_super, regress_label_other;
DROP ROLE regress_label_super, regress_label_other;
SELECT pulse.set_clock(NULL);
