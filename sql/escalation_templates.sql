-- templates and channels: changed, checked, explained
\set SHOW_CONTEXT never
SET timezone = 'UTC';
SET client_min_messages = error;
SELECT pulse.set_setting('timezone', 'UTC');
SELECT pulse.set_clock('2026-01-05 08:00+00');
SELECT pulse.create_event('tpl_order', 'customer text, amount numeric, due_date date'), pulse.create_event('tpl_visit', 'customer text');
SELECT pulse.label('column', 'amount', 'amount', '金额'), pulse.label('event', 'tpl_order', 'order placed', '下单'), pulse.label('role', 'tpl_rep', 'rep', '销售代表');
CREATE TABLE tpl_staff (id int, name text, email text, mobile text, likes text);
INSERT INTO tpl_staff VALUES (1, 'Ann', 'ann@example.com', NULL, 'sms'), (2, 'Bo', 'bo@example.com', '13800000002', 'mail');
SELECT pulse.map_staff('tpl_staff', id => 'id', name => 'name', email => 'email', mobile => 'mobile', channel => 'likes');
SELECT pulse.map_role('tpl_rep', holder => '{1,2}');
SELECT pulse.create_template('tpl hello', 'About {about}', E'Dear {recipient},\n{amount} is due {due_date}.', event => 'tpl_order');
SELECT pulse.create_rule('tpl one', 'WHEN order placed PER customer THEN mail rep "tpl hello"; 1 day later: assign rep "tpl hello"', 'live');
\pset tuples_only on
\pset format unaligned
SELECT pulse.explain_template('tpl hello', 'en');
SELECT pulse.explain_template('tpl hello', 'zh');
\pset tuples_only off
\pset format aligned
SELECT * FROM pulse.check_template('tpl hello');

-- changed: what is NULL stays, what is empty goes
SELECT pulse.alter_template('tpl hello', body_zh => E'{recipient}您好：\n{amount}应于{due_date}支付。', urgent => true);
SELECT * FROM pulse.templates WHERE name = 'tpl hello';
INSERT INTO pulse_event.tpl_order (at, recorded, customer, amount, due_date) VALUES (pulse.clock(), pulse.clock(), 'a', 500, '2026-02-01');
SELECT pulse.set_clock('2026-01-05 08:01+00');
SELECT firings FROM pulse.tick();
SELECT pulse.alter_template('tpl hello', subject_en => '', body_en => 'Now: {about}', urgent => false);
SELECT subject_en, body_en, subject_zh, body_zh, urgent FROM pulse.templates WHERE name = 'tpl hello';
INSERT INTO pulse_event.tpl_order (at, recorded, customer, amount, due_date) VALUES (pulse.clock(), pulse.clock(), 'b', 500, '2026-02-01');
SELECT pulse.set_clock('2026-01-05 08:02+00');
SELECT firings FROM pulse.tick();
-- what was written keeps its text
SELECT c.key, m.staff, m.subject, m.body FROM pulse.messages AS m JOIN pulse.cases AS c USING (case_id) WHERE m.channel = 'mail' ORDER BY m.message_id;

-- another event for it; a rule about an event that lacks the column
SELECT pulse.alter_template('tpl hello', event => 'tpl_visit');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.alter_template('tpl hello', event => '');
SELECT pulse.create_rule('tpl two', 'WHEN tpl_visit PER customer THEN mail rep "tpl hello"', 'live');
SELECT * FROM pulse.check_template('tpl hello');
SELECT pulse.alter_template('tpl hello', body_zh => '');
SELECT * FROM pulse.check_template();
SELECT pulse.alter_template('tpl hello', body_en => '{amount} {due_date}');
SELECT * FROM pulse.check_template();
\pset tuples_only on
\pset format unaligned
SELECT pulse.explain_template('tpl hello', 'en');
SELECT pulse.explain_template('tpl hello', 'zh');
-- of a channel; nobody uses it
SELECT pulse.create_template('tpl sms', body_en => '{about} {nothing}', channel => 'sms');
SELECT pulse.create_template('tpl sms', body_en => '{about}', channel => 'sms'), pulse.create_template('tpl idle', body_zh => '{{x}', urgent => true);
SELECT pulse.explain_template('tpl sms', 'en');
SELECT pulse.explain_template('tpl sms', 'zh');
SELECT pulse.explain_template('tpl idle', 'en');
SELECT pulse.explain_template('tpl idle', 'zh');
\pset tuples_only off
\pset format aligned
-- the column of its own event goes
SELECT pulse.create_template('tpl own', body_en => '{due_date}', event => 'tpl_order');
ALTER TABLE pulse_event.tpl_order DROP COLUMN due_date;
SELECT * FROM pulse.check_template('tpl own');
SELECT * FROM pulse.check_template('tpl hello');

-- bad input changes nothing
SELECT pulse.alter_template('tpl nothing', body_en => 'x');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.alter_template('tpl hello', body_en => '');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.alter_template('tpl hello', body_en => '{amout}');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.alter_template('tpl hello', channel => 'sms');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.explain_template('tpl nothing');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.explain_template('tpl hello', 'fr');
\echo :LAST_ERROR_SQLSTATE
SELECT body_en, channel FROM pulse.templates WHERE name = 'tpl hello';
-- a template is its author's; a channel's is an administrator's
CREATE ROLE regress_tpl_author;
GRANT pulse_author TO regress_tpl_author;
SET ROLE regress_tpl_author;
SELECT pulse.alter_template('tpl hello', body_en => 'mine now');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_template('tpl mine', body_en => 'x');
SELECT pulse.alter_template('tpl mine', body_en => 'y');
SELECT pulse.alter_template('tpl mine', channel => 'robot');
\echo :LAST_ERROR_SQLSTATE
UPDATE pulse_internal.template SET author = 'postgres' WHERE name = 'tpl mine';
UPDATE pulse_internal.template SET channel = 'robot' WHERE name = 'tpl mine';
SELECT name, body_en FROM pulse.templates WHERE name IN ('tpl mine', 'tpl hello') ORDER BY 1;
SELECT length(pulse.explain_template('tpl hello', 'en')) > 0 AS explained, (SELECT count(*) FROM pulse.check_template()) AS findings, (SELECT count(*) FROM pulse.check_channel('mail')) AS about_mail;
-- a rule of another author that has its name for a title does not write with it, and is not told of
SELECT FROM pulse.create_template('tpl foreign', body_en => '{about}: {amount}', body_zh => '{about}: {amount}');
RESET ROLE;
CREATE ROLE regress_tpl_second;
GRANT pulse_author TO regress_tpl_second;
SELECT pulse.create_rule('tpl foreign title', 'WHEN tpl_visit PER customer THEN mail rep "tpl foreign"');
SELECT pulse.explain_template('tpl foreign', 'en');
UPDATE pulse_internal.rule SET author = 'regress_tpl_second' WHERE name = 'tpl foreign title';
SELECT pulse.explain_template('tpl foreign', 'en');
SELECT count(*) FROM pulse.check_template('tpl foreign');
UPDATE pulse_internal.rule SET author = 'postgres' WHERE name = 'tpl foreign title';
SELECT pulse.drop_rule('tpl foreign title'), pulse.drop_template('tpl foreign');
DROP ROLE regress_tpl_second;

-- channels
\pset tuples_only on
\pset format unaligned
SELECT pulse.explain_channel('mail', 'en');
SELECT pulse.create_channel('sms', limits => '{20 per minute,100 per 5 minutes}', recipient_limits => '{3 per hour,10 per day}', overflow => 'digest');
SELECT pulse.create_channel('robot', recipient_limits => '{5 per second}');
SELECT pulse.set_quiet_hours('22:00', '08:00', channel => 'sms');
SELECT pulse.create_rule('tpl three', 'WHEN tpl_visit PER customer THEN text rep "Hello"; 1 day later: text rep', 'draft');
SELECT pulse.explain_channel('sms', 'en');
SELECT pulse.explain_channel('sms', 'zh');
SELECT pulse.explain_channel('robot', 'en');
SELECT pulse.explain_channel('robot', 'zh');
\pset tuples_only off
\pset format aligned
SELECT pulse.explain_channel('nothing', 'en');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.explain_channel('sms', 'fr');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pulse.check_channel('nothing');
\echo :LAST_ERROR_SQLSTATE
-- what is wrong with them
SELECT pulse.alter_template('tpl sms', body_en => '{about} {amount}');
SELECT * FROM pulse.check_channel('sms');
SELECT pulse.set_clock('2026-01-05 09:02+00');
SELECT * FROM pulse.check_channel('mail');
SELECT count(pulse.fail_message(l.message_id, l.lease_token, 'no such user', permanent => true)) FROM pulse.claim_messages('w', 1, channels => '{mail}') AS l;
SELECT * FROM pulse.check_channel('mail');

SELECT pulse.drop_rule(name) FROM pulse.rules WHERE name LIKE 'tpl %' ORDER BY name;
SELECT pulse.drop_quiet_hours('sms'), pulse.drop_channel('sms'), pulse.drop_channel('robot'), count(pulse.drop_template(name)) FROM pulse.templates;
SELECT pulse.drop_role('tpl_rep');
DROP ROLE regress_tpl_author;
DROP TABLE tpl_staff CASCADE;
DELETE FROM pulse_internal.mapping;
TRUNCATE pulse_internal.cases, pulse_internal.case_event, pulse_internal.task, pulse_internal.message, pulse_internal.queue, pulse_internal.delivery, pulse_internal.firing, pulse_internal.wait, pulse_internal.rule_version;
SELECT count(pulse.label(class, name, scope => scope)) FROM pulse.labels;
SELECT pulse.drop_event('tpl_order'), pulse.drop_event('tpl_visit');
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_clock(NULL);
