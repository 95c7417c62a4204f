-- golden cases: refunds, payments in another currency, the options of the report, DSO and its family, borders of days
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION salespulse_receivables;
CREATE SCHEMA tap_rep;
SELECT receivables.install(schema => 'tap_rep') \g /dev/null
SET LOCAL search_path = tap_rep, public, pulse, pg_catalog;
SELECT plan(58);
SELECT set_clock('2026-06-01 09:00+00') \g /dev/null
INSERT INTO debtor (customer_id, name, rep, region) VALUES (1, 'Hua', 'Ann', 'north'), (2, 'Lan', 'Bo', 'south'), (3, 'Mei', 'Ann', 'south'), (4, 'Yun', 'Bo', 'north');
INSERT INTO payment_term VALUES ('30 days', 1, 1, 30, false), ('month end', 1, 1, 0, true), ('month end 10', 1, 1, 10, true);

-- an over-payment is an open credit, and can be given back
SELECT receivables.issue_invoice(1, 'CNY 100.00', '2026-04-01', number => 'A1') \g /dev/null
INSERT INTO payment (payment_id, customer_id, received_on, amount) VALUES (1, 1, '2026-04-10', 'CNY 150.00');
SELECT is(receivables.apply_payment(1, applied_on => '2026-04-10')::text, 'CNY 50.00', 'over-paid: the rest is an open credit');
SELECT throws_ok($$SELECT receivables.refund_payment(1, 'CNY 50.01')$$, 'SP803', 'CNY 50.01 cannot be refunded of payment 1', 'no more than that is refunded');
SELECT throws_ok($$SELECT receivables.refund_payment(1, 'CNY 0.00')$$, 'SP803', NULL, 'nor nothing');
SELECT throws_ok($$SELECT receivables.refund_payment(1, 'USD 1.00')$$, 'SP803', NULL, 'nor another currency');
SELECT throws_ok($$SELECT receivables.refund_payment(9)$$, 'P0002', NULL, 'nor of nothing');
SELECT is(receivables.refund_payment(1, 'CNY 20.00', '2026-05-01')::text, 'CNY 30.00', 'a part');
SELECT is(receivables.refund_payment(1, refunded_on => '2026-05-10')::text, 'CNY 0.00', 'all that is left');
SELECT throws_ok('SELECT receivables.refund_payment(1)', 'SP803', NULL, 'and then there is nothing');
SELECT results_eq($$SELECT d, (SELECT to_numeric(open_amount) FROM receivables.open_items(d) WHERE kind = 'payment') FROM unnest('{2026-04-09,2026-04-30,2026-05-01,2026-05-10}'::date[]) AS d$$,
	$$VALUES (date '2026-04-09', NULL::numeric), ('2026-04-30', -50.00), ('2026-05-01', -30.00), ('2026-05-10', NULL)$$, 'as of each day');
SELECT is(receivables.unapply_payment(1, applied_on => '2026-05-20')::text, 'CNY 100.00', 'taking back frees what settled invoices, not what was refunded');
SELECT throws_ok($$INSERT INTO allocation (payment_id, amount, applied_on) VALUES (1, 'CNY -60.00', '2026-05-21')$$, 'SP803', NULL, 'more cannot come back than was refunded');
SELECT lives_ok($$INSERT INTO allocation (payment_id, amount, applied_on) VALUES (1, 'CNY -50.00', '2026-05-21')$$, 'a refund that bounced');
SELECT throws_ok($$INSERT INTO allocation (payment_id, amount, applied_on) VALUES (1, 'CNY 150.01', '2026-05-21')$$, '23514', NULL, 'a bare INSERT refunds no more than there is');

-- in another currency: the price is kept with what it cost
SELECT receivables.issue_invoice(2, 'USD 100.00', '2026-04-01', number => 'B1'), receivables.issue_invoice(2, 'USD 50.00', '2026-04-02', number => 'B2') \g /dev/null
INSERT INTO payment (payment_id, customer_id, received_on, amount) VALUES (2, 2, '2026-04-10', 'CNY 900.00'), (3, 2, '2026-04-20', 'CNY 100.00'), (4, 2, '2026-04-20', 'JPY 10000');
SELECT is(receivables.apply_payment(2)::text, 'CNY 900.00', 'without saying so nothing in another currency is settled');
SELECT throws_ok($$SELECT receivables.apply_payment(2, currency => 'USD')$$, 'SP101', NULL, 'no rate, no allocation');
SELECT throws_ok($$SELECT receivables.apply_payment(2, currency => 'USD', rate => 0)$$, '22023', NULL, 'nor at none');
SELECT throws_ok($$SELECT receivables.apply_payment(2, rate => 7)$$, '22023', NULL, 'nor one within a currency');
SELECT is(receivables.apply_payment(2, applied_on => '2026-04-10', currency => 'USD', rate => 7.1234)::text, 'CNY 0.00', 'at a price that was agreed; less than a cent settles goes with it');
SELECT results_eq('SELECT amount::text, paid::text FROM allocation WHERE payment_id = 2 ORDER BY instalment_id', $$VALUES ('USD 100.00', 'CNY 712.34'), ('USD 26.34', 'CNY 187.66')$$, 'what it settled, and what that cost');
INSERT INTO fx_rate VALUES ('USD', 'CNY', '2026-04-15', 7.2), ('USD', 'CNY', '2026-05-01', 7.5), ('USD', 'JPY', '2026-04-01', 150);
SELECT is(receivables.apply_payment(3, 'explicit', jsonb_build_object(max(item_id), 10), '2026-04-20', 'USD')::text, 'CNY 28.00', 'at the rate of the day; the rest is left')
	FROM receivables.open_items() WHERE kind = 'instalment' AND customer_id = 2;
SELECT is(receivables.apply_payment(4, 'prorata', currency => 'USD')::text, 'JPY 7951', 'a currency without cents');
SELECT is((SELECT sum(to_numeric(open_amount)) FROM receivables.open_items() WHERE kind = 'instalment' AND customer_id = 2), NULL, 'all is settled');
SELECT is((SELECT to_numeric(open_amount) FROM receivables.open_items('2026-04-15') WHERE kind = 'instalment' AND customer_id = 2), 23.66, 'as of a day before');
SELECT is(receivables.unapply_payment(2)::text, 'CNY 900.00', 'taken back at the price it was settled at');
SELECT throws_ok($$INSERT INTO allocation (payment_id, instalment_id, amount, paid, applied_on) SELECT 2, min(instalment_id), 'USD 1.00', 'EUR 7.00', '2026-05-01' FROM instalment WHERE customer_id = 2$$,
	'SP101', NULL, 'what it costs is in the payment''s currency');
SELECT throws_ok($$INSERT INTO allocation (payment_id, instalment_id, amount, paid, applied_on) SELECT 2, min(instalment_id), 'USD 1.00', 'CNY -7.00', '2026-05-01' FROM instalment WHERE customer_id = 2$$,
	'23514', NULL, 'and of its sign');

-- the options of the report: one item of each age around the edges
SELECT receivables.issue_invoice(3, amount(power(2, n)::numeric, 'CNY'), date '2026-06-01' - d, number => 'C' || d)
FROM unnest('{0,1,30,31,60,61,90,91}'::int[]) WITH ORDINALITY AS a (d, n) \g /dev/null
INSERT INTO payment (payment_id, customer_id, received_on, amount) VALUES (40, 3, '2026-05-02', 'CNY 7.00');
PREPARE report(text, int[]) AS SELECT not_due, buckets, overdue, credits, total FROM receivables.aging_report('2026-06-01', '{customer}', rule => $1, edges => $2) WHERE keys ->> 'customer' = '3';
SELECT results_eq($$EXECUTE report('', '{30,60,90}')$$, $$VALUES (2.00, '{12.00,48.00,192.00,256.00}'::numeric[], 508.00, -7.00, 503.00)$$, 'day 0 is not late, day 30 ends the first bucket, 31 begins the second');
SELECT results_eq($$EXECUTE report('exclusive', '{30,60,90}')$$, $$VALUES (2.00, '{4.00,24.00,96.00,384.00}'::numeric[], 508.00, -7.00, 503.00)$$, 'or begins the second');
SELECT results_eq($$EXECUTE report('day_0_due', '{30,60,90}')$$, $$VALUES (0.00, '{14.00,48.00,192.00,256.00}'::numeric[], 510.00, -7.00, 503.00)$$, 'or is late');
SELECT results_eq($$EXECUTE report('not_due_in_first', '{30,60,90}')$$, $$VALUES (NULL::numeric, '{14.00,48.00,192.00,256.00}'::numeric[], NULL::numeric, -7.00, 503.00)$$, 'or what is not due has no column');
SELECT results_eq($$EXECUTE report('credits_aged', '{30,60,90}')$$, $$VALUES (2.00, '{5.00,48.00,192.00,256.00}'::numeric[], 501.00, NULL::numeric, 503.00)$$, 'or credits are aged');
SELECT results_eq($$EXECUTE report('', '{7}')$$, $$VALUES (2.00, '{4.00,504.00}'::numeric[], 508.00, -7.00, 503.00)$$, 'edges of one''s own');
SELECT throws_ok($$SELECT * FROM receivables.aging_report(rule => 'whatever')$$, '22023', NULL, 'an unknown rule');
SELECT throws_ok($$SELECT * FROM receivables.aging_report(by => '{country}')$$, '22023', 'nothing is reported by "country"', 'an unknown grouping');
SELECT throws_ok($$SELECT * FROM receivables.aging_report(aged_by => 'paid')$$, '22023', NULL, 'an unknown date');
SELECT throws_ok($$SELECT * FROM receivables.aging_report(basis => NULL)$$, '22023', NULL, 'no basis');
SELECT receivables.issue_invoice(4, 'CNY 30.00', '2026-04-20', '30 days', 'D1') \g /dev/null
SELECT results_eq($$SELECT aged_by, buckets FROM unnest('{due,issued}'::text[]) AS aged_by, receivables.aging_report('2026-06-01', '{customer}', aged_by => aged_by) WHERE keys ->> 'customer' = '4'$$,
	$$VALUES ('due', '{30.00,0.00,0.00,0.00}'::numeric[]), ('issued', '{0.00,30.00,0.00,0.00}')$$, 'by due date, by date of issue');
SELECT results_eq($$SELECT keys, total FROM receivables.aging_report('2026-06-01', '{region,currency}') WHERE currency = 'CNY'$$,
	$$VALUES ('{"region": "north", "currency": "CNY"}'::jsonb, -20.00), ('{"region": "south", "currency": "CNY"}', -425.00)$$, 'by region and currency');
SELECT throws_ok($$SELECT * FROM receivables.aging_report('2026-06-01', '{rep}', into_currency => 'CNY')$$, 'SP101', 'there is no rate from JPY to CNY on 2026-06-01', 'a rate that is missing is no figure');
INSERT INTO fx_rate VALUES ('JPY', 'CNY', '2026-05-01', 0.05);
SELECT results_eq($$SELECT keys ->> 'rep', currency, total FROM receivables.aging_report('2026-06-01', '{rep}', into_currency => 'CNY')$$,
	$$VALUES ('Ann', 'CNY', 453.00), ('Bo', 'CNY', 30.00 - 900 - 28 - 397.55 + 126.34 * 7.5)$$, 'by rep, in one currency, each item rounded by itself');

-- roll rates and provisions over what the report gives
SELECT results_eq($$SELECT r.label, r.amount, r.rolled FROM receivables.aging_report('2026-05-02', '{}') AS may, receivables.aging_report('2026-06-01', '{}') AS june, roll_rates(may.profile, june.profile) AS r
	WHERE may.currency = 'CNY' AND june.currency = 'CNY' AND r.amount <> 0 ORDER BY r.bucket$$,
	$$VALUES ('not_due', 38.00, 42.00), ('1-30', 48.00, 48.00), ('31-60', 192.00, 292.00), ('61-90', 256.00, 256.00)$$, 'roll rates')  ;
SELECT is((SELECT provision(profile, '{0,0.1,0.2,0.5,1}') FROM receivables.aging_report('2026-06-01', '{customer}') WHERE keys ->> 'customer' = '3'), 1.2 + 9.6 + 96 + 256.00, 'provisions');

-- DSO and its family
SELECT results_eq($$SELECT metric, round(value, 2), status FROM receivables.metrics('2026-05-31', 3, '{customer}') WHERE keys ->> 'customer' = '4' ORDER BY 1$$,
	$$VALUES ('average_collection_period', 46.00, 'short_history'), ('average_days_delinquent', 92.00, 'short_history'), ('best_possible_dso', 0.00, 'short_history'),
		('collection_effectiveness', -200.00, 'short_history'), ('count_back_dso', 61.00, 'ok'), ('dso', 92.00, 'short_history'), ('receivables_turnover', 2.00, 'short_history'),
		('weighted_days_late', NULL, 'no_receivable')$$, 'nothing is paid of the only invoice');
SELECT throws_ok($$SELECT * FROM receivables.metrics(by => '{country}')$$, '22023', NULL, 'an unknown grouping');
INSERT INTO payment (payment_id, customer_id, received_on, amount) VALUES (50, 4, '2026-05-30', 'CNY 10.00');
SELECT receivables.apply_payment(50, applied_on => '2026-05-30') \g /dev/null
SELECT results_eq($$SELECT metric, round(value, 4) FROM receivables.metrics('2026-05-31', 3, '{customer}') WHERE keys ->> 'customer' = '4' AND metric IN ('dso', 'weighted_days_late') ORDER BY 1$$,
	$$VALUES ('dso', round(20 * 92 / 30.0, 4)), ('weighted_days_late', 10.0000)$$, 'a partial payment counts with its part');
SELECT results_eq($$SELECT method, items, open_items, paid_mean_days, status FROM receivables.collection_days('2026-05-31', '{customer}') WHERE keys ->> 'customer' = '4' ORDER BY 1$$,
	$$VALUES ('amount', 2::bigint, 1::bigint, 40::float8, 'short_history'), ('count', 2, 1, 40, 'ok')$$, 'days to collect, open parts as not yet');
SELECT is((SELECT count(*) FROM receivables.collection_days('2026-05-31', since => '2027-01-01')), 0::bigint, 'of what was issued since');

-- settled, taken back, settled again: on each day as it stood then
INSERT INTO debtor (customer_id, name) VALUES (5, 'Tao');
SELECT receivables.issue_invoice(5, 'CNY 100.00', '2026-03-01', number => 'TB1') \g /dev/null
INSERT INTO payment (payment_id, customer_id, received_on, amount) VALUES (51, 5, '2026-03-11', 'CNY 60.00'), (52, 5, '2026-03-31', 'CNY 80.00');
SELECT receivables.apply_payment(51, applied_on => '2026-03-11'), receivables.unapply_payment(51, applied_on => '2026-03-21'), receivables.apply_payment(52, applied_on => '2026-03-31') \g /dev/null
INSERT INTO allocation (payment_id, instalment_id, amount, applied_on) SELECT 52, instalment_id, 'CNY -30.00', '2026-04-02' FROM instalment JOIN invoice USING (invoice_id) WHERE number = 'TB1';
SELECT results_eq($$SELECT d, c.method, c.items, c.open_items, c.paid_mean_days FROM unnest('{2026-03-10,2026-03-15,2026-03-21,2026-03-31,2026-04-02}'::date[]) AS d,
		receivables.collection_days(d, '{customer}') AS c WHERE keys ->> 'customer' = '5' ORDER BY 1, 2$$,
	$$VALUES (date '2026-03-10', 'amount', 1::bigint, 1::bigint, NULL::float8), ('2026-03-10', 'count', 1, 1, NULL),
		('2026-03-15', 'amount', 2, 1, 10), ('2026-03-15', 'count', 2, 1, 10), ('2026-03-21', 'amount', 1, 1, NULL), ('2026-03-21', 'count', 1, 1, NULL),
		('2026-03-31', 'amount', 2, 1, 30), ('2026-03-31', 'count', 2, 1, 30), ('2026-04-02', 'amount', 2, 1, 30), ('2026-04-02', 'count', 2, 1, 30)$$,
	'days to collect: what was taken back is open again');
SELECT results_eq($$SELECT d, c.median_days, round(c.mean_days::numeric, 4) FROM unnest('{2026-03-15,2026-04-02}'::date[]) AS d,
		receivables.collection_days(d, '{customer}') AS c WHERE keys ->> 'customer' = '5' AND method = 'amount' ORDER BY 1$$,
	$$VALUES (date '2026-03-15', 10::float8, 0.6 * 10 + 0.4 * 14), ('2026-04-02', 30, 0.5 * 30 + 0.5 * 32)$$, 'and by amount');
SELECT results_eq($$SELECT d, m.value, m.status FROM unnest('{2026-03-15,2026-03-25,2026-04-02}'::date[]) AS d,
		receivables.metrics(d, 1, '{customer}') AS m WHERE keys ->> 'customer' = '5' AND metric = 'weighted_days_late' ORDER BY 1$$,
	$$VALUES (date '2026-03-15', 10.0, 'ok'), ('2026-03-25', NULL, 'no_receivable'), ('2026-04-02', 30, 'ok')$$, 'days late are of what stayed settled');

-- month ends, leap days, and the day by the business time zone
SELECT receivables.issue_invoice(1, 'CNY 1.00', d, t, format('M%s%s', d, t)) FROM unnest('{2024-01-31,2024-02-01,2023-02-28,2024-02-29}'::date[]) AS d, unnest('{month end,month end 10,30 days}'::text[]) AS t \g /dev/null
SELECT results_eq($$SELECT i.issued_on, string_agg(to_char(i.due_on, 'MM-DD'), ' ' ORDER BY v.number) FROM invoice AS v JOIN instalment AS i USING (invoice_id) WHERE v.number LIKE 'M%' GROUP BY 1 ORDER BY 1$$,
	$$VALUES (date '2023-02-28', '03-30 02-28 03-10'), ('2024-01-31', '03-01 01-31 02-10'), ('2024-02-01', '03-02 02-29 03-10'), ('2024-02-29', '03-30 02-29 03-10')$$, 'month ends and leap days');
SELECT results_eq($$SELECT d, (SELECT days_past_due FROM receivables.open_items(d) WHERE document = 'M2024-02-29month end') FROM unnest('{2024-02-29,2024-03-01,2024-03-30,2024-03-31,2025-02-28,2025-03-01}'::date[]) AS d$$,
	$$VALUES (date '2024-02-29', 0), ('2024-03-01', 1), ('2024-03-30', 30), ('2024-03-31', 31), ('2025-02-28', 365), ('2025-03-01', 366)$$, 'days past due, across a leap day');
SELECT set_setting('timezone', 'America/New_York'), set_clock('2026-03-08 04:59:59+00') \g /dev/null
SELECT receivables.issue_invoice(4, 'CNY 1.00', number => 'T1') \g /dev/null
SELECT is((SELECT issued_on FROM invoice WHERE number = 'T1'), date '2026-03-07', 'a second before midnight is still the day before');
SELECT set_clock('2026-03-08 05:00:00+00') \g /dev/null
SELECT receivables.issue_invoice(4, 'CNY 1.00', number => 'T2') \g /dev/null
SELECT is((SELECT issued_on FROM invoice WHERE number = 'T2'), date '2026-03-08', 'at midnight it is the day');
SELECT is((SELECT count(*) FROM receivables.open_items('2026-03-08', basis => 'booked') WHERE document IN ('T1', 'T2')), 2::bigint, 'the day the clocks go forward has 23 hours');
SELECT set_clock('2026-03-09 03:59:59+00') \g /dev/null
SELECT receivables.issue_invoice(4, 'CNY 1.00', number => 'T3') \g /dev/null
SELECT is((SELECT string_agg(document, ' ' ORDER BY document) FROM receivables.open_items('2026-03-08', basis => 'booked') WHERE document LIKE 'T_'), 'T1 T2 T3', 'and ends where the next begins');
SELECT set_clock('2026-03-09 04:00:00+00') \g /dev/null
SELECT receivables.issue_invoice(4, 'CNY 1.00', number => 'T4') \g /dev/null
SELECT is((SELECT string_agg(document, ' ' ORDER BY document) FROM receivables.open_items('2026-03-08', basis => 'booked') WHERE document LIKE 'T_'), 'T1 T2 T3', 'what comes then is of the next day');
SET LOCAL timezone = 'Asia/Tokyo';
SELECT is((SELECT string_agg(document, ' ' ORDER BY document) FROM receivables.open_items('2026-03-08', basis => 'booked') WHERE document LIKE 'T_'), 'T1 T2 T3', 'wherever the session is');
SELECT * FROM finish();
ROLLBACK;
