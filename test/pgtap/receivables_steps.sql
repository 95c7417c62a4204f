-- The shipped ladder step by step, over 120 days, 1,000 invoices and 20 days without a tick: a level comes
-- only after the one before was delivered or had failed for good; stopped by payment, paused by disputes,
-- re-armed by a new due date; against a naive recomputation. PULSE_LONG makes it 5,000 invoices.
-- It commits, and stops the clock: so it has a database of its own.
SET client_min_messages = warning;
SELECT current_database() AS home \gset
DROP DATABASE IF EXISTS pulse_receivables_steps;
CREATE DATABASE pulse_receivables_steps;
\c pulse_receivables_steps
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
SELECT receivables.install_ladder('en', mode => 'live', by_step => true);

-- what happens to each: a third is never paid; what is sent for a tenth is taken only days later, and then
-- delivered; for a tenth it fails for good; for a tenth it is sent, and no receipt comes
CREATE TABLE lad.story AS
	SELECT i AS id, date '2026-01-02' + i % 30 AS due, CASE WHEN i % 3 <> 0 THEN date '2026-01-02' + i % 30 + 20 + i % 70 END AS paid_on,
		   CASE WHEN i % 10 = 1 THEN 2 + i % 13 ELSE 0 END AS slow, CASE i % 10 WHEN 2 THEN 'dead' WHEN 3 THEN 'sent' ELSE 'delivered' END AS fate,
		   -- a fifth is disputed, a fifth gets a new due date, in each of the kinds above
		   CASE WHEN i / 10 % 5 = 0 THEN date '2026-01-10' + i * 7 % 60 END AS disputed_on, CASE WHEN i / 10 % 5 = 0 THEN date '2026-01-11' + i * 7 % 60 + i % 17 END AS agreed_on,
		   CASE WHEN i / 10 % 5 = 1 THEN date '2026-01-20' + i * 7 % 45 END AS moved_on, CASE WHEN i / 10 % 5 = 1 THEN date '2026-01-10' + i * 3 % 50 END AS new_due
	FROM generate_series(1, :invoices) AS i;
CREATE TABLE lad.sent (day date, instalment int, step int, message_id bigint, lease_token bigint, answered boolean DEFAULT false);

CREATE PROCEDURE lad.pass(first_day date, last_day date, gap daterange) LANGUAGE plpgsql AS $$
DECLARE
	today date;
	told bigint;
BEGIN
	FOR n IN 0 .. last_day - first_day LOOP
		today := first_day + n;
		PERFORM pulse.set_clock((today + time '09:00') AT TIME ZONE 'Asia/Shanghai');
		COMMIT;
		IF NOT today <@ gap THEN
			CALL pulse.run();
			WITH claimed AS MATERIALIZED (SELECT c.message_id, c.lease_token FROM pulse.claim_messages('test', 5000, '1 day') AS c)
			INSERT INTO lad.sent SELECT today, s.key::int, m.step, c.message_id, c.lease_token
				FROM claimed AS c JOIN pulse.messages AS m USING (message_id) JOIN pulse.cases AS s USING (case_id);
			COMMIT;
		END IF;
		-- answers come in the afternoon, by the fate of each
		PERFORM pulse.set_clock((today + time '15:00') AT TIME ZONE 'Asia/Shanghai');
		COMMIT;
		WITH due AS MATERIALIZED (UPDATE lad.sent AS s SET answered = true FROM lad.story AS t WHERE t.id = s.instalment AND NOT s.answered AND s.day + t.slow <= today RETURNING s.*, t.fate)
		SELECT count(CASE fate WHEN 'dead' THEN pulse.fail_message(message_id, lease_token, 'no such number', permanent => true)
			ELSE pulse.ack_message(message_id, lease_token, outcome => fate)::text END) INTO told FROM due;
		INSERT INTO lad.pause (instalment_id, kind, since) SELECT id, 'dispute', today FROM lad.story WHERE disputed_on = today;
		UPDATE lad.pause SET until = today FROM lad.story WHERE instalment_id = id AND agreed_on = today;
		UPDATE lad.instalment SET due_on = new_due FROM lad.story WHERE instalment_id = id AND moved_on = today;
		INSERT INTO lad.payment (payment_id, customer_id, received_on, amount) SELECT id, 1 + id % 100, today, 'CNY 100.00' FROM lad.story WHERE paid_on = today;
		PERFORM receivables.apply_payment(id, 'explicit', jsonb_build_object(id, 100)) FROM lad.story WHERE paid_on = today;
		COMMIT;
	END LOOP;
END
$$;
BEGIN;
INSERT INTO lad.invoice (invoice_id, customer_id, issued_on, amount) SELECT id, 1 + id % 100, '2026-01-01', 'CNY 100.00' FROM lad.story;
INSERT INTO lad.instalment (instalment_id, invoice_id, due_on, amount) SELECT id, id, due, 'CNY 100.00' FROM lad.story;
COMMIT;
CALL lad.pass('2026-01-01', '2026-04-30', '[2026-03-01,2026-03-21)');

-- without rules: each stretch between two changes of the due date has its own ladder; its level 1 on the first day
-- with a tick from the 31st on; a later level on the first such day that is its own day, seven days after the level
-- before, and after the fate of that level's message is known
CREATE FUNCTION lad.tick(day date) RETURNS date LANGUAGE sql IMMUTABLE RETURN CASE WHEN day >= '2026-03-01' AND day < '2026-03-21' THEN '2026-03-21' ELSE day END;
CREATE VIEW lad.expected AS
	WITH RECURSIVE stretch AS (
		SELECT id, due, date '2025-12-31' AS start, coalesce(disputed_on, CASE WHEN new_due <> due THEN moved_on END, 'infinity') AS stop, paid_on, slow FROM lad.story
		UNION ALL
		SELECT id, due + greatest(agreed_on - greatest(disputed_on, due), 0), agreed_on, 'infinity', paid_on, slow FROM lad.story WHERE disputed_on IS NOT NULL AND (paid_on IS NULL OR paid_on > agreed_on)
		UNION ALL
		SELECT id, new_due, moved_on, 'infinity', paid_on, slow FROM lad.story WHERE moved_on IS NOT NULL AND new_due <> due AND (paid_on IS NULL OR paid_on > moved_on)
	), level AS (
		SELECT s.*, 1 AS step, lad.tick(greatest(due + 31, start + 1)) AS day FROM stretch AS s
		UNION ALL
		SELECT l.id, l.due, l.start, l.stop, l.paid_on, l.slow, l.step + 1,
			-- answered in the afternoon of day + slow, so seen a day later; sent counts a day after it was written
			lad.tick(greatest(l.due + 31 + 7 * l.step, l.day + 7, l.day + l.slow + 1))
		FROM level AS l WHERE l.step < 3 AND least(l.paid_on, l.stop) >= l.day
	)
	SELECT day, id AS instalment, step FROM level WHERE day <= least(paid_on, stop, '2026-04-30');
\o
SELECT is((SELECT count(*) FROM lad.sent), (SELECT count(*) FROM lad.expected), 'as many messages as counted by hand');
SELECT is((SELECT count(*) FROM (SELECT day, instalment, step FROM lad.sent EXCEPT SELECT day, instalment, step FROM lad.expected) AS d), 0::bigint, 'none that should not be');
SELECT is((SELECT count(*) FROM (SELECT day, instalment, step FROM lad.expected EXCEPT SELECT day, instalment, step FROM lad.sent) AS d), 0::bigint, 'none missing');
SELECT is((SELECT count(*) FROM lad.sent JOIN lad.story ON id = instalment WHERE day > paid_on), 0::bigint, 'nothing after payment');
CREATE VIEW lad.pair AS SELECT *, lag(step, 1, 0) OVER o AS step_before, lag(day) OVER o AS day_before FROM lad.sent WINDOW o AS (PARTITION BY instalment ORDER BY day, step);
SELECT is((SELECT count(*) FROM lad.pair WHERE step > 1 AND step <> step_before + 1), 0::bigint, 'a level never comes before the one below, and none is left out');
SELECT is((SELECT count(*) FROM lad.sent JOIN lad.story ON id = instalment WHERE day > disputed_on AND day <= agreed_on), 0::bigint, 'nothing during a dispute');
SELECT is((SELECT count(*) FROM lad.pair JOIN lad.story ON id = instalment WHERE step = 1 AND step_before > 0 AND disputed_on IS NULL AND moved_on IS NULL), 0::bigint, 'a ladder begins once');
SELECT cmp_ok((SELECT count(*) FROM lad.pair JOIN lad.story ON id = instalment WHERE step = 1 AND step_before > 0 AND day > coalesce(moved_on, agreed_on)), '>', 50::bigint, 'and again, from below, after a dispute or with a new due date');
SELECT is((SELECT min(day - day_before) FROM lad.pair WHERE step > 1), 7, 'nor sooner after it than they are apart: no burst after twenty days without a tick');
SELECT cmp_ok((SELECT count(*) FROM lad.sent WHERE day = '2026-03-21'), '>', 100::bigint, 'though there was much to catch up with');
SELECT is((SELECT min(s.day - o.day) FROM lad.sent AS s JOIN lad.sent AS o ON o.instalment = s.instalment AND o.step = s.step - 1 JOIN lad.story ON id = s.instalment WHERE slow = 14 AND disputed_on IS NULL AND moved_on IS NULL), 15,
	'what is delivered late holds back the next level');
SELECT cmp_ok((SELECT count(*) FROM lad.sent JOIN lad.story ON id = instalment WHERE step = 3 AND fate = 'dead'), '>', 20::bigint, 'what failed for good does not');
SELECT cmp_ok((SELECT count(*) FROM lad.sent JOIN lad.story ON id = instalment WHERE step = 3 AND fate = 'sent'), '>', 20::bigint, 'nor what no receipt comes for');
SELECT is((SELECT count(*) FROM pulse.firings WHERE withheld IS NOT NULL AND released_at IS NULL AND key::int IN (SELECT id FROM lad.story WHERE paid_on < '2026-04-29')), 0::bigint, 'payment ends the waiting');
SELECT receivables.install_ladder('zh', name => 'again', by_step => true) \g /dev/null
SELECT is((SELECT replace(sentence_en, '核查逾期发票', 'Check the overdue invoice') FROM pulse.rules WHERE name = 'again'), (SELECT sentence_en FROM pulse.rules WHERE name = 'overdue'), 'in Chinese it is the same rule');
SELECT * FROM finish();
\c :home
DROP DATABASE pulse_receivables_steps;
