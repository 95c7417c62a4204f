-- events from an application's tables, as the application's developer sees them
BEGIN;
SET LOCAL search_path = public, pulse, pg_catalog;
SELECT plan(24);
SELECT set_setting('timezone', 'Asia/Shanghai');

-- names of columns are an interface
SELECT columns_are('pulse', 'events', '{name,relation,columns,indexed,dedup,keep,created_at}'::name[]);
SELECT columns_are('pulse', 'watches', '{relation,event,operations,columns,condition,changes_of,capture_level,on_failure,author,state,reason,created_at}'::name[]);
SELECT columns_are('pulse', 'capture_errors', '{relation,event,failed_at,row_key,sqlstate_code,message}'::name[]);
SELECT columns_are('pulse', 'stat_watches', '{relation,event,state,errors,last_error_at,gaps,first_gap_at,event_rows}'::name[]);

-- the first hour
CREATE SCHEMA tap_app;
CREATE TABLE tap_app.invoice (id int PRIMARY KEY, customer_id int, created_on date, due_date date, total numeric, paid numeric DEFAULT 0, draft boolean DEFAULT false);
SELECT is(watch('tap_app.invoice', 'tap_issued',
	columns => $$ at = created_on, customer = customer_id, invoice = id, due = due_date, amount = pulse.amount(total, 'CNY') $$,
	condition => 'NOT draft')::text, 'pulse_event.tap_issued', 'a watch makes its event');
SELECT is((SELECT atttypid FROM pg_attribute WHERE attrelid = 'pulse_event.tap_issued'::regclass AND attname = 'amount'), 'pulse.amount'::regtype::oid, 'with the types of the expressions');
SELECT is((SELECT columns FROM events WHERE name = 'tap_issued'), '{customer,invoice,due,amount}', 'and shows its columns');
SELECT lives_ok($$INSERT INTO tap_app.invoice (id, customer_id, created_on, due_date, total, draft) VALUES
	(1, 7, '2026-03-01', '2026-03-31', 142800, false), (2, 8, '2026-03-02', '2026-04-01', 12.5, true)$$, 'the application writes as ever');
SELECT results_eq($$SELECT at, customer, invoice, due, amount::text FROM pulse_event.tap_issued$$,
	$$VALUES (timestamptz '2026-03-01 00:00+08', 7, 1, date '2026-03-31', 'CNY 142800.00')$$, 'one event, at the beginning of its day in the business time zone');
SELECT is((SELECT tap_issued.recorded > tap_issued.at FROM pulse_event.tap_issued), true, 'recorded when it arrived');

-- a change that counts
SELECT watch('tap_app.invoice', 'tap_settled', 'customer = customer_id, invoice = id', operations => '{update}',
	changes_of => '{paid}', condition => 'paid >= total');
UPDATE tap_app.invoice SET due_date = due_date + 1;
SELECT is((SELECT count(*) FROM pulse_event.tap_settled), 0::bigint, 'an update of something else is no payment');
UPDATE tap_app.invoice SET paid = total WHERE id = 1;
UPDATE tap_app.invoice SET paid = total WHERE id = 1;
SELECT results_eq('SELECT invoice FROM pulse_event.tap_settled', 'VALUES (1)', 'paid is paid once');

-- a mistake in the data stays the application's
SELECT alter_watch('tap_app.invoice', 'tap_issued', columns => 'at = created_on, customer = (customer_id * 2000000000) / 2000000000, invoice = id');
SELECT lives_ok($$INSERT INTO tap_app.invoice (id, customer_id, total) VALUES (3, 9, 1), (4, 1, 1)$$, 'a row that cannot be computed is stored');
SELECT results_eq($$SELECT event, row_key, sqlstate_code FROM capture_errors WHERE relation = 'tap_app.invoice'::regclass$$,
	$$VALUES ('tap_issued', '3', '22003')$$, 'and listed');
SELECT is((SELECT errors FROM stat_watches WHERE event = 'tap_issued'), 1::bigint, 'and counted');
SELECT is((SELECT count(*) FROM pulse_event.tap_issued WHERE invoice = 4), 1::bigint, 'its neighbour is an event');
SELECT alter_watch('tap_app.invoice', 'tap_issued', columns => 'at = created_on, customer = customer_id, invoice = id');
SELECT is(repair_watch('tap_app.invoice', 'tap_issued'), 1::bigint, 'repaired from the table');
SELECT is_empty('SELECT FROM capture_errors', 'and no longer listed');

-- events without a table
SELECT create_event('tap_visit', 'customer int, note text', dedup => true);
SELECT isnt(emit_event('tap_visit', '{"customer": 7, "dedup_key": "v1"}'), NULL, 'an event by call');
SELECT is(emit_event('tap_visit', '{"customer": 7, "dedup_key": "v1"}'), NULL, 'a repeat is none');
SELECT throws_ok($$SELECT pulse.emit_event('tap_visit', '{"colour": 1}')$$, '42703', NULL, 'an unknown column');
SELECT throws_ok($$SELECT pulse.emit_event('tap_nosuch', '{}')$$, 'SP401', NULL, 'an unknown event');
SELECT throws_ok($$SELECT pulse.watch('tap_app.invoice', 'tap_issued')$$, 'SP402', NULL, 'one table, one event, one watch');
SELECT throws_ok($$SELECT pulse.drop_watch('tap_app.invoice', 'tap_visit')$$, 'SP403', NULL, 'no such watch');

SELECT * FROM finish();
ROLLBACK;
