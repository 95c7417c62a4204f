-- mails as HTML, tables attached: reports and digests
\set SHOW_CONTEXT never
SET timezone = 'UTC';
SET client_min_messages = error;
SELECT pulse.set_setting('timezone', 'UTC');
SELECT pulse.set_clock('2026-03-02 06:00+00');
-- nothing of a text is markup; a page's address is a link
SELECT t AS given, pulse_internal.html_text(t) AS html FROM (VALUES (1, 'plain'), (2, '<b>&amp;"x"</b>'), (3, ''),
	(4, 'see https://crm.example.com/c/1?a=1&b=2.'), (5, '"http://x.example/a" <http://x.example/b>'), (6, '见https://x.example/张，谢谢'),
	(7, 'javascript:alert(1) https://'), (8, 'https://x.example/"onclick="alert(1)')) AS v(n, t) ORDER BY n;
-- what browsers take for markup never gets through, whatever the text
SELECT count(*) AS texts, bool_and(replace(replace(replace(h, '</a>', ''), '<a href="', ''), '">', '') !~ '[<>"]') AS safe
FROM (SELECT pulse_internal.html_text(string_agg(substr('<>"&''a1 :/;=.http', (hashint8(n * 31 + k) & 15) + 1, 1) || CASE WHEN hashint8(n + k) % 9 = 0 THEN 'https://x' ELSE '' END, '' ORDER BY k)) AS h
	  FROM generate_series(1, 2000) AS n, generate_series(1, 30) AS k GROUP BY n) AS r;
SELECT pulse_internal.rows_as_html(ARRAY['{"customer": "A<b>", "open": 12.5}', '{"customer": null, "open": null}', '{"customer": "华为", "open": "-3"}'], 'en');

CREATE TABLE html_staff (id int, name text, email text, mobile text, likes text, tongue text);
INSERT INTO html_staff VALUES (1, 'Ann', 'ann@example.com', '13800000001', 'mail', 'en'), (2, '李波', 'bo@example.com', '13800000002', 'mail', 'zh'), (3, 'Cy', NULL, '13800000003', 'sms', 'en');
SELECT pulse.map_staff('html_staff', id => 'id', name => 'name', email => 'email', mobile => 'mobile', channel => 'likes', language => 'tongue');
SELECT pulse.map_role('html_boss', holder => '{1,2,3}');
SELECT pulse.label('column', 'customer', 'customer', '客户');
CREATE TABLE html_board (customer text, open numeric);
INSERT INTO html_board VALUES ('Acme <Co>', 1200.50), ('华为"甲,乙"', 9), ('=1+1', NULL);
SELECT pulse.create_report('html table', 'SELECT customer, open FROM public.html_board ORDER BY customer COLLATE "C"', max_rows => 2);
SELECT pulse.create_report('html csv: a/b', 'SELECT customer, open FROM public.html_board ORDER BY customer COLLATE "C"', max_rows => 2, layout => 'csv');
SELECT pulse.create_report('html none', 'SELECT customer FROM public.html_board WHERE false', on_empty => 'send', layout => 'csv');
SELECT pulse.create_rule('html', 'EVERY day AT 08:00 THEN send "html table" TO EACH html_boss and send "html csv: a/b" TO EACH html_boss and send "html none" TO EACH html_boss', 'live');
SELECT pulse.set_clock('2026-03-02 08:00+00');
SELECT firings FROM pulse.tick();
\pset format unaligned
SELECT m.staff, m.channel, m.body, m.variables ->> 'mail_html' AS html, m.variables ->> 'mail_csv_name' AS name, m.variables ->> 'mail_csv' AS csv
FROM pulse_internal.message AS m ORDER BY m.variables ->> 'title', m.staff;
\pset format aligned
-- what is over a limit becomes one mail; what has an attachment goes alone
SELECT pulse.create_channel('mail', recipient_limits => '{1 per hour}', overflow => 'digest');
SELECT pulse.tick();
\pset format unaligned
SELECT m.staff, m.verb, p.state, m.variables ->> 'title' AS title, m.body, m.variables ->> 'mail_html' AS html
FROM pulse_internal.message AS m JOIN pulse.messages AS p USING (message_id)
WHERE m.channel = 'mail' AND (m.verb = 'digest' OR m.variables ? 'mail_csv') ORDER BY m.message_id;
\pset format aligned
-- on another channel there is no HTML
SELECT pulse_internal.merge_messages(array_agg(message_id)) FROM pulse_internal.message WHERE channel = 'sms';
SELECT body LIKE '1. %' AS list, variables FROM pulse_internal.message WHERE channel = 'sms' AND verb = 'digest';

SELECT pulse.drop_rule('html'), pulse.drop_channel('mail'), count(pulse.drop_report(name)) FROM pulse.reports WHERE name LIKE 'html %';
SELECT pulse.drop_role('html_boss');
DROP TABLE html_staff, html_board CASCADE;
DELETE FROM pulse_internal.mapping;
SELECT count(pulse.label(class, name, scope => scope)) FROM pulse.labels;
TRUNCATE pulse_internal.cases, pulse_internal.case_event, pulse_internal.task, pulse_internal.message, pulse_internal.queue, pulse_internal.delivery, pulse_internal.firing, pulse_internal.wait, pulse_internal.rule_version;
DELETE FROM pulse_internal.consumer_leaf WHERE consumer = 'rules';
DELETE FROM pulse_internal.consumer WHERE name = 'rules';
SELECT pulse.set_clock(NULL);
