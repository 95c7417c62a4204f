-- money and calendars as their users see them
BEGIN;
SET LOCAL search_path = public, pulse, pg_catalog;
SELECT plan(27);

SELECT is('142800 CNY'::amount::text, 'CNY 142800.00', 'an amount prints its code first and all its digits');
SELECT is(amount(12.5, 'CNY')::text, 'CNY 12.50', 'made of a number and a code');
SELECT is(round_amount(-1.005, 'CNY')::text, 'CNY -1.01', 'rounded half away from zero when asked');
SELECT throws_ok($$SELECT amount(1.005, 'CNY')$$, '22023', NULL, 'never rounded unasked');
SELECT throws_ok($$SELECT amount 'RMB 1'$$, 'SP102', NULL, 'an unknown currency is named');
SELECT is((amount 'CNY 100' * 0.06)::text, 'CNY 6.00', 'times a rate');
SELECT is((amount 'CNY 100' / 3)::text, 'CNY 33.33', 'divided');
SELECT is(round(amount 'CNY 50' / amount 'CNY 200', 2), 0.25, 'the ratio of two amounts is a number');
SELECT throws_like($$SELECT amount 'CNY 1' + 'USD 1'$$, '%CNY and USD%', 'two currencies do not add up');
SELECT ok((amount 'CNY 1' < 'USD 1') IS NULL, 'nor compare');
SELECT ok(amount 'CNY 1' <> 'USD 1', 'but they differ');

CREATE TABLE sale (id int, total amount);
INSERT INTO sale VALUES (1, 'CNY 10.00'), (2, 'CNY 0.50'), (3, 'USD 7'), (4, NULL);
SELECT results_eq($$SELECT currency(total), sum(total)::text FROM sale WHERE total IS NOT NULL GROUP BY 1 ORDER BY 1$$,
				  $$VALUES ('CNY', 'CNY 10.50'), ('USD', 'USD 7.00')$$, 'sum per currency');
SELECT throws_ok($$SELECT sum(total) FROM sale$$, 'SP101', NULL, 'sum refuses mixed currencies');
SELECT is((SELECT bag_sum(total)::text FROM sale), '{CNY 10.50,USD 7.00}', 'bag_sum keeps them apart');
SELECT is((SELECT amount_of(bag_sum(total), 'USD')::text FROM sale), 'USD 7.00', 'and gives one out');
SELECT results_eq($$SELECT t.currency, t.total FROM (SELECT bag_sum(total) AS b FROM sale) AS s, totals(s.b) AS t$$,
				  $$VALUES ('CNY', 10.50), ('USD', 7.00)$$, 'or all, as numbers');
SELECT results_eq($$SELECT id FROM sale WHERE total > 'CNY 1'$$, ARRAY[1], 'a comparison selects rows of its currency');
SELECT results_eq($$SELECT id FROM sale ORDER BY total$$, ARRAY[2, 1, 3, 4], 'ORDER BY is total');
SELECT is((SELECT max(total)::text FROM sale WHERE currency(total) = 'CNY'), 'CNY 10.00', 'max');
SELECT is((SELECT avg(total)::text FROM sale WHERE currency(total) = 'CNY'), 'CNY 5.25', 'avg');

SELECT is(is_working_day('2026-02-14', 'china'), true, 'a make-up Saturday');
SELECT is(is_working_day('2026-02-16', 'china'), false, 'a holiday on a Monday');
SELECT is(add_business_days('2026-02-14', 1, 'china'), '2026-02-24'::date, 'over the Spring Festival');
SELECT is(business_days_between('2026-02-14', '2026-02-25', 'china'), 2, 'and counted');
SELECT throws_ok($$SELECT is_working_day('2099-01-01', 'china')$$, 'SP201', NULL, 'a year that is not loaded');
SELECT throws_ok($$SELECT is_working_day('2026-01-01', 'moon')$$, 'SP202', NULL, 'no such calendar');
SELECT is(day_of(day_start('2026-03-05')), '2026-03-05'::date, 'a day starts in itself');

SELECT * FROM finish();
ROLLBACK;
