-- aging as an analyst sees it
BEGIN;
SET LOCAL search_path = public, pulse, pg_catalog;
SELECT plan(33);

CREATE TABLE open_item (customer text, currency text, open_amount numeric(12, 2), due date);
INSERT INTO open_item VALUES
	('Hua', 'CNY', 100, '2026-07-01'), ('Hua', 'CNY', 10, '2026-06-30'), ('Hua', 'CNY', 20.50, '2026-06-29'),
	('Hua', 'CNY', 30, '2026-05-31'), ('Lan', 'CNY', 40, '2026-05-30'), ('Lan', 'CNY', 50, '2026-04-01'),
	('Lan', 'CNY', 60.25, '2026-03-31'), ('Lan', 'CNY', -7, '2020-01-01'), ('Mei', 'USD', 5, NULL);

SELECT is((SELECT aging(open_amount, due, '2026-06-30')::text FROM open_item WHERE currency = 'CNY'),
	'2026-06-30 not_due 110.00, 1-30 50.50, 31-60 40.00, 61-90 50.00, 91+ 60.25, credits -7.00', 'buckets end where their names say');
SELECT is((SELECT total(aging(open_amount, due, '2026-06-30')) FROM open_item), (SELECT sum(open_amount) FROM open_item), 'buckets and credits add up to what is open');
SELECT is((SELECT not_due(aging(open_amount, due, '2026-06-30')) FROM open_item WHERE customer = 'Mei'), 5.00, 'without a due date nothing is overdue');
SELECT is((SELECT overdue(aging(open_amount, due, '2026-06-30')) FROM open_item WHERE customer = 'Lan'), 150.25, 'a credit hides in no bucket');
SELECT is((SELECT overdue(aging(open_amount, due, '2026-07-31')) FROM open_item WHERE customer = 'Hua'), 160.50, 'a month later all is overdue');
SELECT results_eq($$SELECT label, amount FROM buckets((SELECT aging(open_amount, due, '2026-06-30', '{15,45}') FROM open_item WHERE customer = 'Hua'))$$,
	$$VALUES ('not_due', 110.00), ('1-15', 20.50), ('16-45', 30.00), ('46+', 0.00), ('credits', 0.00)$$, 'with edges of one''s own');
SELECT is((SELECT aging(open_amount, due, '2026-06-30') FROM open_item WHERE false), NULL, 'of nothing there is no profile');
SELECT throws_ok($$SELECT aging(amount(open_amount, currency), due, '2026-06-30') FROM open_item$$, 'SP101', NULL, 'two currencies do not age together');
SELECT results_eq($$SELECT currency, total(aging(amount(open_amount, currency), due, '2026-06-30')) FROM open_item GROUP BY currency ORDER BY currency$$,
	$$VALUES ('CNY', 303.75), ('USD', 5.00)$$, 'each currency has its profile');
SELECT throws_ok($$SELECT aging(open_amount, due, due) FROM open_item WHERE due IS NOT NULL$$, 'SP301', NULL, 'as_of is one per group');
SELECT throws_ok($$SELECT aging(open_amount, due, '2026-06-30', '{30,20}') FROM open_item$$, '22023', NULL, 'edges ascend');
SELECT is((SELECT sum(p) FROM (SELECT aging(open_amount, due, '2026-06-30') AS p FROM open_item GROUP BY customer) AS c),
	(SELECT aging(open_amount, due, '2026-06-30') FROM open_item), 'the customers'' profiles add up to the profile of all');
SELECT is(to_jsonb('2026-06-30 CNY not_due 1.00, 1+ 2.00, credits 0.00'::aging_profile) ->> 'total', '3.00', 'a profile is JSON when asked');
SELECT throws_ok($$SELECT '2026-06-30 not_due 1, 1-30 2'::aging_profile$$, '22P02', NULL, 'and not whatever somebody types');

SELECT results_eq($$SELECT keys ->> 'customer', currency, buckets, credits, total FROM aging_report('open_item', 'amount(open_amount, currency)', 'due', '2026-06-30', '{customer}')$$,
	$$VALUES ('Hua', 'CNY', '{50.50,0.00,0.00,0.00}'::numeric[], 0.00, 160.50), ('Lan', 'CNY', '{0.00,40.00,50.00,60.25}', -7.00, 143.25), ('Mei', 'USD', '{0.00,0.00,0.00,0.00}', 0.00, 5.00)$$,
	'a report of any table');
SELECT throws_ok($$SELECT * FROM aging_report('open_item', 'opn_amount', 'due')$$, '42703', NULL, 'a misspelt column is shown');
SELECT throws_ok($$SELECT * FROM aging_report('open_item', 'open_amount', 'customer')$$, '42804', NULL, 'a due date is a date');

SELECT is((SELECT aging(open_amount, due, '2026-06-30', '{30,60,90}', 'exclusive, day_0_due')::text FROM open_item WHERE currency = 'CNY'),
	'2026-06-30 not_due 100.00, 0-29 30.50, 30-59 70.00, 60-89 0.00, 90+ 110.25, credits -7.00', 'or where another rule says');
SELECT is((SELECT total(aging(open_amount, due, '2026-06-30', '{30}', rule)) FROM open_item), (SELECT sum(open_amount) FROM open_item), format('%L adds up', rule))
FROM unnest('{exclusive,day_0_due,not_due_in_first,credits_aged}'::text[]) AS rule;
SELECT throws_ok($$SELECT aging(open_amount, due, '2026-06-30', '{30}', 'strict') FROM open_item$$, '22023', NULL, 'a rule is not whatever somebody types');
SELECT is((SELECT aging(open_amount, due, '2026-06-30') - aging(open_amount, due, '2026-06-30') FILTER (WHERE customer <> 'Lan') FROM open_item)::text,
	(SELECT aging(open_amount, due, '2026-06-30')::text FROM open_item WHERE customer = 'Lan'), 'the whole without the others is the one');

CREATE TABLE bill (total numeric, issued date, due date, paid_on date);
INSERT INTO bill VALUES (100, '2026-01-10', '2026-02-09', '2026-02-19'), (300, '2026-02-01', '2026-03-03', NULL), (200, '2026-02-27', '2026-03-29', NULL);
SELECT is((dso(500, 600, 60)).value, 50::numeric, 'DSO');
SELECT is((dso(500, 0, 60)).status, 'zero_sales', 'DSO says when it cannot be had');
SELECT is((count_back_dso(250, '{100,200,300}', date '2024-02-29')).value, 52.25, 'count-back knows leap years');
SELECT results_eq($$SELECT method, items, open_items, median_days FROM collection_days('bill', 'total', 'issued', 'paid_on', '2026-02-28')$$,
	$$VALUES ('count', 3::bigint, 2::bigint, 40::float8), ('amount', 3, 2, 40)$$, 'open items are not left out');
SELECT is((SELECT round(value, 2) FROM receivable_metrics('bill', 'total', 'issued', 'due', 'paid_on', '2026-02-28', 2) WHERE metric = 'dso'),
	49.17, 'DSO of a table: 500 / 600 x 59');

SELECT set_clock('2026-06-30 08:00+00');
SELECT lives_ok($$CALL create_aging_view('aging_view', 'open_item', 'open_amount', 'due', '{customer,currency}')$$, 'a view for those who know no pulse');
SELECT columns_are('aging_view', ARRAY['customer', 'currency', 'not_due', 'd1_30', 'd31_60', 'd61_90', 'd91_plus', 'credits', 'total']);
SELECT results_eq($$SELECT customer, not_due, d1_30, d91_plus, credits, total FROM aging_view ORDER BY customer$$,
	$$VALUES ('Hua', 110.00, 50.50, 0, 0, 160.50), ('Lan', 0, 0, 60.25, -7.00, 143.25), ('Mei', 5.00, 0, 0, 0, 5.00)$$, 'with the same figures');
SELECT set_clock('2026-07-31 08:00+00');
SELECT results_eq($$SELECT sum(not_due), sum(total) FROM aging_view$$, $$VALUES (5.00, 308.75)$$, 'as of today');

SELECT * FROM finish();
ROLLBACK;
