-- open items and aging of any relation as of a day, by the dates it has
CREATE SCHEMA items_app;
CREATE TABLE items_app.invoice (id int, customer text, total numeric, issued date, "due date" date, paid_at timestamptz, currency text);
INSERT INTO items_app.invoice VALUES
	(1, 'a', 100, '2026-01-01', '2026-01-31', NULL, 'CNY'), (2, 'a', 50, '2026-01-10', '2026-02-09', '2026-02-28 16:30+00', 'CNY'),
	(3, 'b', 70, '2026-03-05', '2026-03-05', NULL, 'USD'), (4, 'b', -20, '2026-02-01', '2026-02-01', NULL, 'CNY'), (5, 'b', 0, '2026-01-01', '2026-01-01', NULL, 'CNY');
SELECT pulse.set_setting('timezone', 'UTC');
SELECT * FROM pulse.open_items('items_app.invoice', 'total', 'due date', '2026-02-28', issued => 'issued', settled => 'paid_at', by => '{customer,id}');
SELECT * FROM pulse.open_items('items_app.invoice', 'total', 'due date', '2026-02-27', issued => 'issued', settled => 'paid_at', by => '{customer,id}');
-- a payment after midnight in Shanghai is of the next day
SELECT pulse.set_setting('timezone', 'Asia/Shanghai');
SELECT count(*) FROM pulse.open_items('items_app.invoice', 'total', 'due date', '2026-02-28', issued => 'issued', settled => 'paid_at');
SELECT pulse.set_setting('timezone', 'UTC');
SELECT keys, currency, not_due, buckets, credits, total FROM pulse.aging_report('items_app.invoice', 'pulse.amount(total, currency)', 'due date', '2026-03-10', '{customer}', issued => 'issued', settled => 'paid_at');
SELECT keys, currency, not_due, buckets, credits, total FROM pulse.aging_report('items_app.invoice', 'pulse.amount(total, currency)', 'due date', '2026-02-10', '{customer}', issued => 'issued', settled => 'paid_at', condition => 'id < 9');
-- parts: an invoice and what was paid of it
CREATE VIEW items_app.part AS SELECT 1 AS invoice, date '2026-01-01' AS issued, date '2026-01-31' AS due, p.* FROM (VALUES (40.00, date '2026-02-05'), (60.00, NULL)) AS p (amount, paid);
SELECT d, (SELECT sum(open_amount) FROM pulse.open_items('items_app.part', 'amount', 'due', d, 'issued', 'paid', '{invoice}')) FROM unnest('{2025-12-31,2026-02-04,2026-02-05}'::date[]) AS d;
-- a profile times a number: of a currency to its digits, of plain numbers exactly
SELECT pulse.aging('CNY 1.01'::pulse.amount, '2026-01-31', '2026-02-28') OPERATOR(pulse.*) 0.5 AS half, pulse.aging(1.01, '2026-01-31', '2026-02-28') OPERATOR(pulse.*) 0.5 AS exact;
SELECT pulse.total(pulse.aging('CNY 1.01'::pulse.amount, '2026-01-31', '2026-02-28') OPERATOR(pulse.*) -7.125);
SELECT pulse.aging(1, '2026-01-31', '2026-02-28') OPERATOR(pulse.*) 'NaN';
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.aging(1e30, '2026-01-31', '2026-02-28') OPERATOR(pulse.*) 1e30;
\echo :LAST_ERROR_SQLSTATE
-- dates that are infinite or not known: never due, or always; an item without a day of issue takes no days that anybody could count
CREATE TABLE items_app.endless (id int, total numeric, due date, issued date, paid date);
INSERT INTO items_app.endless VALUES (1, 1, 'infinity', '2026-01-01', 'infinity'), (2, 2, '-infinity', '-infinity', NULL), (3, 4, NULL, '2026-02-01', '-infinity'), (4, 8, '2026-01-01', NULL, NULL);
SELECT keys, due_on, open_amount, days_past_due FROM pulse.open_items('items_app.endless', 'total', 'due', '2026-03-10', by => '{id}');
SELECT not_due, buckets, total FROM pulse.aging_report('items_app.endless', 'total', 'due', '2026-03-10');
SELECT method, items, open_items, median_days, paid_mean_days FROM pulse.collection_days('items_app.endless', 'total', 'issued', 'paid', '2026-03-10');
-- mistakes
SELECT * FROM pulse.open_items('items_app.invoice', 'total', 'due date', issued => 'customer');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pulse.open_items('items_app.invoice', 'total', 'due date', settled => 'nothing');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pulse.open_items('items_app.invoice', 'total', NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pulse.open_items('items_app.invoice', 'total', 'due date', 'infinity');
\echo :LAST_ERROR_SQLSTATE
DROP SCHEMA items_app CASCADE;
