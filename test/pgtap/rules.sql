-- rules as their author sees them: to the day as aging, in any time zone
BEGIN;
SET LOCAL client_min_messages = error;
SET LOCAL timezone = 'UTC';
SET LOCAL search_path = public, pulse, pg_catalog;
SELECT plan(9);

SELECT lives_ok($$SELECT create_event('tap_issued', 'invoice text, due date, open_amount numeric')$$, 'an event kind is made');
SELECT lives_ok($$SELECT create_event('tap_settled', 'invoice text')$$, 'and another');
-- dates around the change to summer time of New York
INSERT INTO pulse_event.tap_issued (at, invoice, due, open_amount)
SELECT '2026-01-02', 'i' || d, date '2026-01-20' + d, 100 FROM generate_series(0, 30) AS d;
INSERT INTO pulse_event.tap_settled (at, invoice) VALUES ('2026-01-03', 'i30');

CREATE TEMP TABLE zone (name text);
INSERT INTO zone VALUES ('UTC'), ('Asia/Shanghai'), ('America/New_York');
SELECT lives_ok($$SELECT create_rule('tap overdue',
	'WHEN tap_issued PER invoice AND NOT tap_settled WITHIN 30 days AFTER due THEN text rep')$$, 'a draft can be backtested');
CREATE TEMP TABLE fired (zone text, invoice text, day date, at_midnight boolean);
DO $$
DECLARE
	z text;
BEGIN
	FOR z IN SELECT name FROM zone LOOP
		PERFORM set_setting('timezone', z);
		INSERT INTO fired SELECT z, b.key, (b.due_at AT TIME ZONE z)::date, (b.due_at AT TIME ZONE z)::time = '00:00'
		FROM backtest('tap overdue', '2026-01-01', '2026-06-01') AS b;
	END LOOP;
END $$;
SELECT is((SELECT count(*)::int FROM fired), 90, 'all but the one that was paid before it was due');
SELECT is_empty($$SELECT * FROM fired WHERE NOT at_midnight$$, 'a day begins at midnight in the business time zone');
SELECT is_empty($$SELECT zone, f.invoice FROM fired AS f JOIN pulse_event.tap_issued AS i USING (invoice)
	WHERE f.day <> i.due + 31$$, 'thirty days have passed when the thirty-first day past due begins');
-- aging says the same: in bucket 31-60 on the day it fires, not the day before
SELECT is_empty($$SELECT f.zone, f.invoice FROM fired AS f JOIN pulse_event.tap_issued AS i USING (invoice)
	GROUP BY f.zone, f.invoice, f.day
	HAVING aging(i.open_amount, i.due, f.day)::text NOT LIKE '%31-60 100%'
		OR aging(i.open_amount, i.due, f.day - 1)::text NOT LIKE '% 1-30 100%'$$, 'rules agree with aging to the day');
SELECT throws_ok($$SELECT backtest('nobody made it', '2026-01-01', '2026-06-01')$$, 'SP504', NULL, 'an unknown rule is named');
SELECT results_eq($$SELECT count(*)::int FROM waiting('i1')$$, $$VALUES (0)$$, 'a draft waits for nothing');

SELECT * FROM finish();
ROLLBACK;
