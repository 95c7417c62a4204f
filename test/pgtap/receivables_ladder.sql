-- The shipped ladder over 120 days, 1,000 invoices and 20 days without a tick, against a naive
-- recomputation: stopped by payment, paused by disputes, re-armed by a new due date, no burst. PULSE_LONG makes it 5,000 invoices.
-- It commits, and stops the clock: so it has a database of its own.
SET client_min_messages = warning;
SELECT current_database() AS home \gset
DROP DATABASE IF EXISTS pulse_receivables_ladder;
CREATE DATABASE pulse_receivables_ladder;
\c pulse_receivables_ladder
SET client_min_messages = warning;
CREATE EXTENSION pgtap;
CREATE EXTENSION salespulse_receivables CASCADE;
SELECT plan(15);
\getenv long PULSE_LONG
\if :{?long}
\set invoices 5000
\else
\set invoices 1000
\endif
\o /dev/null

CREATE SCHEMA lad;
SELECT receivables.install('lad');
CREATE TABLE lad.staff (id int PRIMARY KEY, name text, email text, phone text, org text);
INSERT INTO lad.staff VALUES
	(1, 'Ann', 'ann@example.com', '13800000001', 'cn.north.beijing'), (2, 'Bo', 'bo@example.com', NULL, 'cn.north'), (3, 'Cy', 'cy@example.com', NULL, 'cn');
CREATE TABLE lad.unit (path text, director int);
INSERT INTO lad.unit VALUES ('cn.north', 2);
INSERT INTO lad.debtor (customer_id, name, rep) SELECT i, 'Customer ' || i, '1' FROM generate_series(1, 100) AS i;

SELECT pulse.set_setting('timezone', 'Asia/Shanghai');
SELECT pulse.set_clock('2026-01-01 09:00+08');
SELECT pulse.map_staff('lad.staff', id => 'id', name => 'name', email => 'email', mobile => 'phone', org_path => 'org');
SELECT pulse.map_role('rep', key => 'customer', relation => 'lad.debtor', staff => 'rep');
SELECT pulse.map_role('regional_director', above => 'rep', relation => 'lad.unit', org_path => 'path', staff => 'director');
SELECT pulse.map_role('finance', holder => '{3}');
SELECT receivables.install_ladder('zh', mode => 'live');

-- what happens to each: a third is never paid; a fifth is disputed, a fifth gets a new due date
CREATE TABLE lad.story AS
	SELECT i AS id, date '2026-01-02' + i % 30 AS due,
		   CASE WHEN i % 3 <> 0 THEN date '2026-01-02' + i % 30 + 20 + i % 70 END AS paid_on,
		   CASE WHEN i % 5 = 0 THEN date '2026-01-10' + i % 60 END AS disputed_on, CASE WHEN i % 5 = 0 THEN date '2026-01-11' + i % 60 + i % 17 END AS agreed_on,
		   CASE WHEN i % 5 = 1 THEN date '2026-01-20' + i % 45 END AS moved_on, CASE WHEN i % 5 = 1 THEN date '2026-01-10' + i % 50 END AS new_due
	FROM generate_series(1, :invoices) AS i;
CREATE TABLE lad.sent (day date, instalment int, step int);

CREATE PROCEDURE lad.pass(first_day date, last_day date, gap daterange) LANGUAGE plpgsql AS $$
DECLARE
	today date;
BEGIN
	FOR n IN 0 .. last_day - first_day LOOP
		today := first_day + n;
		PERFORM pulse.set_clock((today + time '09:00') AT TIME ZONE 'Asia/Shanghai');
		COMMIT;
		IF NOT today <@ gap THEN
			CALL pulse.run();
			WITH claimed AS (SELECT c.message_id, pulse.ack_message(c.message_id, c.lease_token) AS acked FROM pulse.claim_messages('test', 5000) AS c)
			INSERT INTO lad.sent SELECT today, s.key::int, m.step
				FROM claimed AS c JOIN pulse.messages AS m USING (message_id) JOIN pulse.cases AS s USING (case_id) WHERE c.acked;
			COMMIT;
		END IF;
		PERFORM pulse.set_clock((today + time '15:00') AT TIME ZONE 'Asia/Shanghai');
		COMMIT;
		INSERT INTO lad.pause (instalment_id, kind, since) SELECT id, 'dispute', today FROM lad.story WHERE disputed_on = today;
		UPDATE lad.pause SET until = today FROM lad.story WHERE instalment_id = id AND agreed_on = today;
		UPDATE lad.instalment SET due_on = new_due FROM lad.story WHERE instalment_id = id AND moved_on = today;
		INSERT INTO lad.payment (payment_id, customer_id, received_on, amount) SELECT id, 1 + id % 100, today, 'CNY 60.00' FROM lad.story WHERE paid_on = today;
		INSERT INTO lad.payment (payment_id, customer_id, received_on, amount) SELECT 10000 + id, 1 + id % 100, today, 'CNY 40.00' FROM lad.story WHERE paid_on = today;
		PERFORM receivables.apply_payment(id, 'explicit', jsonb_build_object(id, 60)), receivables.apply_payment(10000 + id, 'explicit', jsonb_build_object(id, 40))
		FROM lad.story WHERE paid_on = today;
		-- a part of it settles nothing
		INSERT INTO lad.payment (payment_id, customer_id, received_on, amount) SELECT 20000 + id, 1 + id % 100, today, 'CNY 99.99' FROM lad.story WHERE due = today AND paid_on IS NULL;
		PERFORM receivables.apply_payment(20000 + id, 'explicit', jsonb_build_object(id, 99.99)) FROM lad.story WHERE due = today AND paid_on IS NULL;
		COMMIT;
	END LOOP;
END
$$;
BEGIN;
INSERT INTO lad.invoice (invoice_id, customer_id, issued_on, amount) SELECT id, 1 + id % 100, '2026-01-01', 'CNY 100.00' FROM lad.story;
INSERT INTO lad.instalment (instalment_id, invoice_id, due_on, amount) SELECT id, id, due, 'CNY 100.00' FROM lad.story;
COMMIT;
CALL lad.pass('2026-01-01', '2026-04-30', '[2026-03-01,2026-03-21)');

-- without rules: each stretch between two changes of the due date has its own ladder; a step acts at the
-- first tick when it is due, unless it is paid or changed by then; of several at one tick the last
CREATE VIEW lad.expected AS
	WITH stretch AS (
		SELECT id, due, paid_on, date '2025-12-31' AS start, coalesce(disputed_on, CASE WHEN new_due <> due THEN moved_on END, 'infinity') AS stop FROM lad.story
		UNION ALL
		SELECT id, due + greatest(agreed_on - greatest(disputed_on, due), 0), paid_on, agreed_on, 'infinity' FROM lad.story WHERE disputed_on IS NOT NULL AND (paid_on IS NULL OR paid_on > agreed_on)
		UNION ALL
		SELECT id, new_due, paid_on, moved_on, 'infinity' FROM lad.story WHERE moved_on IS NOT NULL AND new_due <> due AND (paid_on IS NULL OR paid_on > moved_on)
	), tick AS (
		SELECT s.*, step, CASE WHEN d.day >= '2026-03-01' AND d.day < '2026-03-21' THEN '2026-03-21' ELSE d.day END AS day
		FROM stretch AS s, generate_series(0, 2) AS step, LATERAL (SELECT greatest(s.due + 31 + 7 * step, s.start + 1) AS day) AS d
	)
	SELECT day, id AS instalment, max(step) AS step FROM tick
	WHERE day <= stop AND (paid_on IS NULL OR paid_on >= day) AND day <= '2026-04-30'
	GROUP BY id, start, day;
\o
SELECT is((SELECT count(*) FROM lad.sent), (SELECT count(*) FROM lad.expected), 'as many messages as counted by hand');
SELECT is((SELECT count(*) FROM (SELECT day, instalment, step - 1 FROM lad.sent EXCEPT SELECT day, instalment, step FROM lad.expected) AS d), 0::bigint, 'none that should not be');
SELECT is((SELECT count(*) FROM (SELECT day, instalment, step FROM lad.expected EXCEPT SELECT day, instalment, step - 1 FROM lad.sent) AS d), 0::bigint, 'none missing');
SELECT is((SELECT count(*) FROM lad.sent JOIN lad.story ON id = instalment WHERE day > paid_on), 0::bigint, 'nothing after payment');
SELECT is((SELECT count(*) FROM lad.sent JOIN lad.story ON id = instalment WHERE day > disputed_on AND day <= agreed_on), 0::bigint, 'nothing during a dispute');
SELECT is((SELECT min(day - due) FROM lad.sent JOIN lad.story ON id = instalment WHERE disputed_on IS NULL AND moved_on IS NULL), 31, 'day 30: nothing; day 31: the first level');
SELECT is((SELECT count(*) FROM (SELECT FROM lad.sent GROUP BY day, instalment HAVING count(*) > 1) AS d), 0::bigint, 'no burst after twenty days without a tick');
SELECT cmp_ok((SELECT count(*) FROM lad.sent WHERE day = '2026-03-21'), '>', 100::bigint, 'though there was much to catch up with');
SELECT is((SELECT count(*) FROM lad.sent JOIN lad.story ON id = instalment WHERE paid_on IS NULL AND step = 3 AND disputed_on IS NULL AND moved_on IS NULL),
	(SELECT count(*) FROM lad.story WHERE paid_on IS NULL AND disputed_on IS NULL AND moved_on IS NULL), 'each that is never paid reaches finance, a cent is enough');
SELECT results_eq('SELECT DISTINCT t.title, t.staff, t.due_at = pulse.day_start(pulse.add_business_days(pulse.day_of(t.created_at), 3) + 1) FROM pulse.tasks AS t',
	$$VALUES ('核查逾期发票', '3', true)$$, 'the third level is a task with an owner, due when the third working day ends');
SELECT is((SELECT count(*) FROM pulse.capture_errors), 0::bigint, 'nothing was lost on the way');

-- settled, taken back: the ladder begins again
SELECT receivables.unapply_payment(7), pulse.set_clock('2026-05-01 09:00+08') \g /dev/null
CALL pulse.run();
SELECT is((SELECT count(*) FROM pulse.cases WHERE key = '7' AND state = 'open'), 1::bigint, 'a payment that is taken back opens the case again');
SELECT is((SELECT string_agg(language, ' ') FROM (SELECT CASE WHEN sentence LIKE '当%' THEN 'zh' END AS language FROM pulse.rules) AS r), 'zh', 'it is written in Chinese');
SELECT matches((SELECT receivables.install_ladder('en', name => 'again')), '^WHEN instalment due PER instalment AND NOT instalment settled WITHIN 30 days AFTER due date', 'and in English');
SELECT is((SELECT replace(sentence_en, '核查逾期发票', 'Check the overdue invoice') FROM pulse.rules WHERE name = 'overdue'), (SELECT sentence_en FROM pulse.rules WHERE name = 'again'), 'which is the same rule');
SELECT * FROM finish();
\c :home
DROP DATABASE pulse_receivables_ladder;
