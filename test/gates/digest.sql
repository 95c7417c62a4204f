-- digest.sql: everything that must not depend on session, server, path, role or copy
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET search_path = pg_catalog;
\echo -- events
SELECT 'issued', at, customer, invoice, due, amount FROM pulse_event.invoice_issued ORDER BY at, invoice;
SELECT 'settled', at, customer, invoice, amount FROM pulse_event.invoice_settled ORDER BY at, invoice;
\echo -- firings
SELECT rule, key, step, due_at, swept_at, released_at, superseded FROM pulse.firings ORDER BY rule, key, step;
\echo -- why
SELECT pulse.why(firing_id, 'en'), pulse.why(firing_id, 'zh') FROM pulse.firings WHERE step > 1 ORDER BY key, step LIMIT 20;
\echo -- cases, messages, tasks
SELECT key, state, opened_at, closed_at, reason FROM pulse.cases ORDER BY key, opened_at;
SELECT channel, recipient, copies, subject, body, state FROM pulse.messages ORDER BY message_id;
SELECT key, title, staff, state, due_at FROM pulse.tasks ORDER BY key, title;
\echo -- waits
SELECT rule, key, opened_at, next_step, due_at FROM pulse.waits ORDER BY rule, key, opened_at;
\echo -- rollup
SELECT period, customer_id, count, sum_total FROM pulse_event.invoiced_daily ORDER BY 1, 2;
SELECT * FROM pulse.check_rollup('invoiced_daily');
\echo -- aging
SELECT customer_id, pulse.aging(total, due_date, date '2012-03-20') FROM app.invoice GROUP BY 1 ORDER BY 1;
\echo -- days
SELECT d, pulse.is_working_day(d::date, 'china'), pulse.add_business_days(d::date, 3, 'china')
FROM generate_series(timestamp '2026-01-20', timestamp '2026-03-10', interval '1 day') AS d;
\echo -- rules and settings
SELECT name, sentence_en, sentence_zh, mode, state FROM pulse.rules ORDER BY name;
SELECT name, value FROM pulse.settings ORDER BY name;
