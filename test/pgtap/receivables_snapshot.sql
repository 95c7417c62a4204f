-- 60 evenings, a snapshot on each: computed later, as it was known then, each day says the same again,
-- whatever was booked after it, for whatever date
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION salespulse_receivables;
CREATE SCHEMA tap_snap;
SELECT receivables.install(schema => 'tap_snap') \g /dev/null
SET LOCAL search_path = tap_snap, public, pulse, pg_catalog;
SELECT plan(18);
INSERT INTO debtor (customer_id, name) SELECT i, 'C' || i FROM generate_series(1, 40) AS i;
INSERT INTO payment_term VALUES ('30 days', 1, 1, 30, false), ('halves', 1, 1, 5, false), ('halves', 2, 1, 5, true);
SELECT setseed(0.7) \g /dev/null
DO $$
DECLARE
	today date;
BEGIN
	FOR n IN 0 .. 59 LOOP
		today := date '2026-01-01' + n;
		PERFORM pulse.set_clock((today + time '10:00') AT TIME ZONE 'UTC');
		-- some of it is booked days after its date, some of it before
		PERFORM receivables.issue_invoice(i, pulse.amount((1 + random() * 500)::numeric(9, 2), CASE WHEN i % 5 = 0 THEN 'USD' ELSE 'CNY' END),
			today - 5 + (random() * 6)::int, CASE WHEN i % 2 = 0 THEN 'halves' ELSE '30 days' END)
		FROM generate_series(1, 40) AS i WHERE random() < 0.2;
		INSERT INTO payment (customer_id, kind, received_on, amount)
			SELECT i, CASE WHEN random() < 0.2 THEN 'credit_note' ELSE 'payment' END, today - (random() * 10)::int,
				pulse.amount((1 + random() * 500)::numeric(9, 2), CASE WHEN i % 5 = 0 THEN 'USD' ELSE 'CNY' END)
			FROM generate_series(1, 40) AS i WHERE random() < 0.2;
		PERFORM receivables.apply_payment(p.payment_id, CASE WHEN random() < 0.5 THEN 'fifo' ELSE 'prorata' END, applied_on => today - (random() * 3)::int)
		FROM payment AS p WHERE random() < 0.1;
		PERFORM receivables.unapply_payment(p.payment_id) FROM payment AS p WHERE random() < 0.01;
		UPDATE instalment SET due_on = due_on + (random() * 20)::int WHERE random() < 0.02;
		PERFORM pulse.set_clock((today + time '20:00') AT TIME ZONE 'UTC'), receivables.take_snapshot();
	END LOOP;
END
$$;
SELECT cmp_ok((SELECT count(*) FROM aging_snapshot), '>', 1500::bigint, 'snapshots');
SELECT ok((SELECT count(*) > 30 FROM due_change), 'due dates that were moved');
SELECT is((SELECT count(DISTINCT day) FROM aging_snapshot), 60::bigint, 'one of each day');
SELECT is_empty($$
	SELECT s.day, s.customer_id, s.currency, s.profile FROM aging_snapshot AS s
	EXCEPT SELECT d.day, (r.keys ->> 'customer')::bigint, r.currency, r.profile
	FROM (SELECT DISTINCT day, taken_at FROM aging_snapshot) AS d, receivables.aging_report(d.day, known_at => d.taken_at) AS r$$,
	'each is what is computed later');
SELECT is_empty($$
	SELECT d.day, (r.keys ->> 'customer')::bigint, r.currency, r.profile
	FROM (SELECT DISTINCT day, taken_at FROM aging_snapshot) AS d, receivables.aging_report(d.day, known_at => d.taken_at) AS r
	EXCEPT SELECT s.day, s.customer_id, s.currency, s.profile FROM aging_snapshot AS s$$, 'and nothing more is computed');
SELECT isnt_empty($$
	SELECT s.profile FROM aging_snapshot AS s WHERE s.day = '2026-01-20'
	EXCEPT SELECT r.profile FROM receivables.aging_report('2026-01-20') AS r$$, 'what is known today of that day is another thing');
SELECT is((SELECT sum(total(profile)) FROM aging_snapshot WHERE day = '2026-02-10' AND currency = 'CNY'),
	(SELECT total FROM receivables.aging_report('2026-02-10', '{}', known_at => '2026-02-10 20:00+00') WHERE currency = 'CNY'), 'and adds up');
-- what is booked by the end of a day, and what was known in the evening, differ by documents of the night and of later dates alone
SELECT is((SELECT sum(total) FROM receivables.aging_report('2026-02-10', '{}', basis => 'booked') WHERE currency = 'CNY'),
	(SELECT sum(to_numeric(amount)) FROM invoice WHERE currency(amount) = 'CNY' AND day_of(booked_at) <= '2026-02-10')
	- (SELECT sum(to_numeric(amount)) FROM payment WHERE currency(amount) = 'CNY' AND day_of(booked_at) <= '2026-02-10'), 'by booking date');
SELECT is((SELECT receivables.take_snapshot('2026-01-20')), 0::bigint, 'a day that has its snapshot keeps it');

-- by the tick: the days that are over, each once, those of an outage too
SELECT set_setting('timezone', 'Asia/Shanghai'), set_clock('2026-03-05 15:00+00') \g /dev/null
SELECT lives_ok($$SELECT receivables.schedule_snapshots(day_time => '00:30')$$, 'scheduled');
SELECT throws_ok('SELECT receivables.schedule_snapshots()', '42710', 'there is a job "snapshots of tap_snap"', 'once');
SELECT results_eq($$SELECT due, next_run_at FROM stat_jobs WHERE job = 'snapshots of tap_snap'$$, $$VALUES ('daily at 00:30', timestamptz '2026-03-05 16:30+00')$$, 'in the business time zone');
SELECT pulse_internal.run_user_jobs() \g /dev/null
SELECT is((SELECT max(day) FROM aging_snapshot), date '2026-03-01', 'not before it is due');
SELECT set_clock('2026-03-05 16:30+00'), pulse_internal.run_user_jobs() \g /dev/null
SELECT is((SELECT string_agg(DISTINCT day::text, ' ' ORDER BY day::text) FROM aging_snapshot WHERE day > '2026-03-01'), '2026-03-02 2026-03-03 2026-03-04 2026-03-05', 'all days that are over');
SELECT set_clock('2026-03-05 17:00+00'), pulse_internal.run_user_jobs(), set_clock('2026-03-08 23:00+00'), pulse_internal.run_user_jobs() \g /dev/null
SELECT is((SELECT max(day) FROM aging_snapshot), date '2026-03-08', 'after three days without a tick');
SELECT results_eq($$SELECT runs, failures, last_error FROM stat_jobs WHERE job = 'snapshots of tap_snap'$$, $$VALUES (2::bigint, 0::bigint, NULL)$$, 'by two runs');
SELECT is_empty($$
	SELECT s.day, s.customer_id, s.currency, s.profile FROM aging_snapshot AS s WHERE s.day > '2026-03-01'
	EXCEPT SELECT d.day, (r.keys ->> 'customer')::bigint, r.currency, r.profile
	FROM (SELECT DISTINCT day, taken_at FROM aging_snapshot WHERE day > '2026-03-01') AS d, receivables.aging_report(d.day, known_at => d.taken_at) AS r$$, 'each is what is computed later');
SET CONSTRAINTS ALL IMMEDIATE;
SELECT receivables.uninstall() \g /dev/null
SELECT is((SELECT count(*) FROM stat_jobs WHERE job LIKE 'snapshots%'), 0::bigint, 'uninstall ends the job');
SELECT * FROM finish();
ROLLBACK;
