-- The overdue ladder over 120 simulated days: exactly the expected messages on
-- each day, nothing after payment, no burst after a gap, nobody is forgotten.
-- It commits, and stops the clock: so it has a database of its own.
SET client_min_messages = warning;
SELECT current_database() AS home \gset
DROP DATABASE IF EXISTS pulse_ladder;
CREATE DATABASE pulse_ladder;
\c pulse_ladder
SET client_min_messages = warning;
CREATE EXTENSION pgtap;
CREATE EXTENSION salespulse CASCADE;
SELECT plan(19);
\o /dev/null

CREATE SCHEMA ladder;
CREATE TABLE ladder.users (id int PRIMARY KEY, name text, email text, phone text, org text);
INSERT INTO ladder.users VALUES
	(1, 'Ann', 'ann@example.com', '13800000001', 'cn.north.beijing'), (2, 'Bo', 'bo@example.com', NULL, 'cn.north'),
	(3, 'Cy', 'cy@example.com', NULL, 'cn'), (6, 'Fay', 'fay@example.com', NULL, 'cn');
CREATE TABLE ladder.customer (id int PRIMARY KEY, name text, owner_id int);
INSERT INTO ladder.customer SELECT i, 'Customer ' || i, CASE WHEN i % 10 <> 0 THEN 1 END FROM generate_series(1, 60) AS i;
CREATE TABLE ladder.unit (path text, director int);
INSERT INTO ladder.unit VALUES ('cn.north', 2);

SELECT pulse.set_setting('timezone', 'Asia/Shanghai');
SELECT pulse.set_clock('2026-01-01 09:00+08');
SELECT pulse.create_event('invoice_issued', 'invoice int, customer int, due date, amount pulse.amount');
SELECT pulse.create_event('invoice_settled', 'invoice int');
SELECT pulse.map_staff('ladder.users', id => 'id', name => 'name', email => 'email', mobile => 'phone', org_path => 'org');
SELECT pulse.map_role('rep', key => 'customer', relation => 'ladder.customer', staff => 'owner_id');
SELECT pulse.map_role('regional_director', above => 'rep', relation => 'ladder.unit', org_path => 'path', staff => 'director');
SELECT pulse.map_role('finance', holder => '{3}');
SELECT pulse.map_role('sales_operations', holder => '{6}');
SELECT pulse.create_rule('overdue',
	'WHEN invoice_issued PER invoice AND NOT invoice_settled WITHIN 30 days AFTER due '
	'THEN text rep; 7 days later: mail regional_director CC rep; '
	'another 7 days later: assign finance "Check the overdue invoice" UNTIL invoice_settled');
SELECT pulse.set_rule_mode('overdue', 'live');

-- 60 invoices; every third is never paid, the others 20 to 59 days past due
CREATE TABLE ladder.invoice AS
	SELECT i AS id, i AS customer, date '2026-01-02' + i % 20 AS due,
		   CASE WHEN i % 3 <> 0 THEN date '2026-01-02' + i % 20 + 20 + i % 40 END AS paid_on
	FROM generate_series(1, 60) AS i;

-- a day: at 09:00 the tick, and the relay takes what there is; at 15:00 payments come
CREATE TABLE ladder.sent (day date, invoice int, step int, role text, found_by text, channel text, recipient text, copies text[]);
CREATE PROCEDURE ladder.pass(first_day date, last_day date, ticking boolean DEFAULT true) LANGUAGE plpgsql AS $$
BEGIN
	FOR n IN 0 .. last_day - first_day LOOP
		PERFORM pulse.set_clock((first_day + n + time '09:00') AT TIME ZONE 'Asia/Shanghai');
		INSERT INTO pulse_event.invoice_issued (invoice, customer, due, amount)
			SELECT i.id, i.customer, i.due, 'CNY 100.00' FROM ladder.invoice AS i WHERE first_day + n = date '2026-01-01';
		COMMIT;
		IF ticking THEN
			CALL pulse.run();
			WITH claimed AS (
				SELECT c.message_id, pulse.ack_message(c.message_id, c.lease_token) AS acked FROM pulse.claim_messages('test', 1000) AS c
			)
			INSERT INTO ladder.sent
				SELECT first_day + n, s.key::int, m.step, m.role, m.found_by, m.channel, m.recipient, m.copies
				FROM claimed AS c JOIN pulse.messages AS m USING (message_id) JOIN pulse.cases AS s USING (case_id) WHERE c.acked;
			COMMIT;
		END IF;
		PERFORM pulse.set_clock((first_day + n + time '15:00') AT TIME ZONE 'Asia/Shanghai');
		COMMIT;
		INSERT INTO pulse_event.invoice_settled (invoice) SELECT i.id FROM ladder.invoice AS i WHERE i.paid_on = first_day + n;
		COMMIT;
	END LOOP;
END
$$;
CALL ladder.pass('2026-01-01', '2026-04-30');

\o
-- what must have happened, computed without rules: step n on day due + 31 + 7(n - 1) unless paid on a day before
CREATE VIEW ladder.expected AS
	SELECT i.due + 24 + 7 * step AS day, i.id AS invoice, step
	FROM ladder.invoice AS i, generate_series(1, 3) AS step
	WHERE i.paid_on IS NULL OR i.paid_on >= i.due + 24 + 7 * step;
SELECT set_eq('SELECT day, invoice, step FROM ladder.sent', 'SELECT day, invoice, step FROM ladder.expected',
	'exactly the expected set of (day, invoice, level)');
SELECT is((SELECT count(*) FROM ladder.sent), (SELECT count(*) FROM ladder.expected), 'and each once');
SELECT is((SELECT count(*) FROM ladder.sent AS s JOIN ladder.invoice AS i ON i.id = s.invoice WHERE s.day > i.paid_on), 0::bigint,
	'nothing after payment');
SELECT is((SELECT min(s.day - i.due) FROM ladder.sent AS s JOIN ladder.invoice AS i ON i.id = s.invoice), 31,
	'30 days past due: nothing; day 31: the first level');
SELECT set_eq('SELECT DISTINCT step, role, channel, recipient, copies FROM ladder.sent WHERE found_by = ''role''',
	$$VALUES (1, 'rep', 'sms', '13800000001', '{}'::text[]),
		(2, 'regional_director', 'mail', 'bo@example.com', '{ann@example.com}'),
		(3, 'finance', 'mail', 'cy@example.com', '{}')$$, 'each level goes to its role, by its channel, with its copy');

-- a customer without a rep: his messages go to the fallback role, and the case says so
SELECT set_eq('SELECT DISTINCT invoice % 10, step, recipient FROM ladder.sent WHERE found_by = ''fallback''',
	$$VALUES (0, 1, 'fay@example.com'), (0, 2, 'fay@example.com')$$, 'without a rep: the fallback role');
SELECT ok(bool_and(EXISTS (SELECT FROM pulse.case_history AS h WHERE h.case_id = c.case_id AND h.what = 'fallback')),
	'and the case says so') FROM pulse.cases AS c WHERE c.key::int % 10 = 0;

SELECT set_eq('SELECT key::int FROM pulse.cases WHERE state = ''resolved''',
	'SELECT id FROM ladder.invoice WHERE paid_on >= due + 31', 'a case is resolved by payment');
SELECT set_eq('SELECT key::int FROM pulse.cases WHERE state = ''open''',
	'SELECT id FROM ladder.invoice WHERE paid_on IS NULL', 'and open without');
SELECT set_eq('SELECT key::int FROM pulse.tasks WHERE state = ''open''',
	'SELECT id FROM ladder.invoice WHERE paid_on IS NULL', 'finance''s tasks are those of the unpaid');
SELECT is((SELECT count(*) FROM pulse.tasks WHERE state = 'closed'),
	(SELECT count(*) FROM ladder.invoice WHERE paid_on >= due + 45), 'payment closes a task');
SELECT is((SELECT count(*) FROM pulse.waits WHERE end_reason IS NOT NULL), 0::bigint, 'no ended wait is left behind');

-- nobody looks for 60 days: then each unpaid invoice is at the level that is due, once
TRUNCATE ladder.sent;
DELETE FROM ladder.invoice;
INSERT INTO ladder.invoice VALUES (101, 1, '2026-05-02', NULL), (102, 1, '2026-05-20', NULL), (103, 1, '2026-05-02', '2026-06-10'),
	(104, 1, '2026-05-02', '2026-05-30'), (105, 1, '2026-07-01', NULL);
SELECT pulse.set_clock('2026-05-01 09:00+08') \g /dev/null
INSERT INTO pulse_event.invoice_issued (invoice, customer, due, amount) SELECT id, customer, due, 'CNY 1.00' FROM ladder.invoice;
CALL ladder.pass('2026-05-01', '2026-05-05');
CALL ladder.pass('2026-05-06', '2026-06-28', ticking => false);
CALL ladder.pass('2026-06-29', '2026-06-29');
SELECT set_eq('SELECT invoice, step FROM ladder.sent', 'VALUES (101, 3), (102, 2)',
	'after a gap one message each, at the level that is due; none for the paid');
SELECT is((SELECT count(*) FROM ladder.sent), 2::bigint, 'no burst');
SELECT set_eq($$SELECT key::int, step FROM pulse.firings WHERE key::int > 100 AND NOT superseded$$,
	'VALUES (101, 3), (102, 2)', 'the steps overtaken are recorded as superseded');
CALL ladder.pass('2026-06-30', '2026-07-05');
SELECT set_eq('SELECT day, invoice, step FROM ladder.sent WHERE day > ''2026-06-29''',
	$$VALUES (date '2026-07-04', 102, 3)$$, 'then the ladder goes on at its own times');

-- a restart at any point gives the same: released firings are not released again
SELECT is((SELECT count(*) FROM pulse_internal.firing WHERE released_at IS NULL), 0::bigint, 'every firing is released');
CALL pulse.run();
SELECT is((SELECT count(*) FROM pulse.claim_messages('test')), 0::bigint, 'another run finds nothing to do');

-- nobody at all, not even as fallback: kept, and the status says what to do
SELECT pulse.drop_role('sales_operations'), pulse.drop_role('finance'), pulse.set_clock('2026-08-20 09:00+08') \g /dev/null
CALL pulse.run();
SELECT is((SELECT string_agg(state || ': ' || value, ', ') FROM pulse.status WHERE component = 'outbox' AND state = 'fail'),
	'fail: 1 unaddressed', 'with nobody to write to the message is kept, and the status says so');
SELECT * FROM finish();
\c :home
DROP DATABASE pulse_ladder;
