-- money and calendars as their users see them
BEGIN;
SET LOCAL search_path = public, pulse, pg_catalog;
SELECT plan(52);

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

SELECT is(allocate(amount 'CNY 99.99', ARRAY[75, 25])::text[], '{CNY 74.99,CNY 25.00}', 'allocation adds up');
SELECT is(allocate(amount 'CNY -100', 3)::text[], '{CNY -33.34,CNY -33.33,CNY -33.33}', 'a refund mirrors the charge');
SELECT is(round_amount(2.345, 'CNY', 'half_even')::text, 'CNY 2.34', 'rounding has a name');
SELECT is(round_to(amount 'CHF 9.98', 0.05)::text, 'CHF 10.00', 'cash steps');
SELECT is(convert(amount 'USD 100', 'CNY', 7.1234)::text, 'CNY 712.34', 'at a rate');
SELECT is(format_amount(amount 'CNY -142800', 'symbol'), '-¥142,800.00', 'written for people');
SELECT is(parse_amount('142,800.00元')::text, 'CNY 142800.00', 'and read from them');
SELECT ok(bag '{CNY 1,USD 2}' > 0, 'a bag of claims is more than nothing');
SELECT ok((bag '{CNY 1,USD -2}' > 0) IS NULL, 'claims and debts in two currencies are not comparable');

CREATE TABLE fx (code text, day date, rate numeric);
INSERT INTO fx VALUES ('USD', '2026-01-01', 7), ('EUR', '2026-01-01', 8), ('USD', '2026-03-01', 7.2);
SELECT lives_ok($$SELECT map_rates('fx', day => 'day', rate => 'rate', from_currency => 'code', to_currency => 'CNY', pivot => 'CNY', name => 'tap')$$, 'rates of the application');
SELECT is(convert((SELECT bag_sum(total) FROM sale), 'CNY', as_of => '2026-02-28', rates => 'tap')::text, 'CNY 59.50', 'a bag at the rates of a day');
SELECT is(convert(amount 'EUR 9', 'USD', as_of => '2026-03-05', rates => 'tap')::text, 'USD 10.00', 'crossed');
SELECT throws_like($$SELECT convert(amount 'GBP 1', 'CNY', as_of => '2026-03-05', rates => 'tap')$$, '%GBP%CNY%2026-03-05%', 'what is missing is named');

SELECT is(period_of('2025-12-29', 'week')::text, '2026W01', 'ISO weeks at the end of a year');
SELECT ok(period '2026Q1' @> date '2026-03-31', 'a quarter holds its last day');
SELECT is(next(period '2026-12')::text, '2027-01', 'the next month');
SELECT is(fiscal_period_of('2026-03-31', 'quarter')::text, '2026Q1', 'a quarter');
SELECT is((SELECT count(*) FROM periods('2026', 'week')), 53::bigint, 'weeks that touch a year');

SELECT is(is_working_day('2026-02-14', 'china'), true, 'a make-up Saturday');
SELECT is(is_working_day('2026-02-16', 'china'), false, 'a holiday on a Monday');
SELECT is(add_business_days('2026-02-14', 1, 'china'), '2026-02-24'::date, 'over the Spring Festival');
SELECT is(business_days_between('2026-02-14', '2026-02-25', 'china'), 2, 'and counted');
SELECT throws_ok($$SELECT is_working_day('2099-01-01', 'china')$$, 'SP201', NULL, 'a year that is not loaded');
SELECT throws_ok($$SELECT is_working_day('2026-01-01', 'moon')$$, 'SP202', NULL, 'no such calendar');
SELECT is(business_days_between('2022-01-01', '2027-01-01', 'china'), 1245, 'five years of working days');
SELECT is(roll_day('2026-01-31', 'modified_following', 'china'), '2026-01-30'::date, 'a month is not left');
SELECT lives_ok($$SELECT create_calendar('tap', every_year => true, hours => '{09:00-12:00,13:00-18:00}', timezone => 'Asia/Shanghai')$$, 'a calendar with hours');
SELECT is(business_time_between('2026-03-06 17:00+08', '2026-03-09 10:00+08', 'tap'), interval '2 hours', 'over a weekend');
SELECT is(add_business_time('2026-03-06 11:00+08', '2 hours', 'tap'), timestamptz '2026-03-06 14:00+08', 'over lunch');
SELECT is(add_business_time('2026-03-06 11:00+08', '2 hours', 'tap', '{[2026-03-06 11:30+08,2026-03-09 09:00+08)}'), timestamptz '2026-03-09 10:30+08', 'and a pause');
SELECT is(next_open('2026-03-07 12:00+08', 'tap'), timestamptz '2026-03-09 09:00+08', 'the next opening');
SELECT is(day_of(day_start('2026-03-05')), '2026-03-05'::date, 'a day starts in itself');

SELECT * FROM finish();
ROLLBACK;
