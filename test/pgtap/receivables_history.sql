-- Random histories, each of a customer of his own: invoices by terms, payments, credit notes, allocations
-- by each method and across currencies, taken back, refunded; booked on three days, for others. On each
-- day what is reported is what is counted by hand.
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION salespulse_receivables;
CREATE SCHEMA tap_hist;
SELECT receivables.install(schema => 'tap_hist') \g /dev/null
SET LOCAL search_path = tap_hist, public, pulse, pg_catalog;
SELECT plan(20);
\set histories 10000
\getenv histories PULSE_HISTORIES
SELECT setseed(0.42) \g /dev/null
INSERT INTO debtor (customer_id, name) SELECT i, 'C' || i FROM generate_series(1, :histories) AS i;
INSERT INTO payment_term VALUES ('thirds', 1, 1, 0, false), ('thirds', 2, 1, 30, false), ('thirds', 3, 1, 30, true), ('halves', 1, 3, 10, false), ('halves', 2, 7, 20, true);

CREATE FUNCTION tap_hist.money(upto int, currency text) RETURNS pulse.amount LANGUAGE sql VOLATILE
	RETURN pulse.amount((random() * upto + 0.01)::numeric(9, 2), currency);
CREATE PROCEDURE tap_hist.work(booked date) LANGUAGE plpgsql AS $$
DECLARE
	one record;
BEGIN
	PERFORM set_clock((booked + time '12:00') AT TIME ZONE 'UTC');
	PERFORM receivables.issue_invoice(d.customer_id, tap_hist.money(1000, CASE WHEN random() < 0.2 THEN 'USD' ELSE 'CNY' END), booked - (random() * 40)::int + 5,
		(ARRAY['thirds', 'halves', NULL])[1 + (random() * 2)::int], schema => 'tap_hist')
	FROM debtor AS d WHERE random() < 0.4;
	INSERT INTO payment (customer_id, kind, received_on, amount)
		SELECT d.customer_id, CASE WHEN random() < 0.2 THEN 'credit_note' ELSE 'payment' END, booked - (random() * 30)::int + 5, tap_hist.money(900, CASE WHEN random() < 0.2 THEN 'USD' ELSE 'CNY' END)
		FROM debtor AS d WHERE random() < 0.4;
	FOR one IN SELECT p.payment_id, pulse.currency(p.amount) AS cash, random() AS what, booked - (random() * 20)::int + 3 AS day FROM payment AS p WHERE random() < 0.35 LOOP
		CASE
			WHEN one.what < 0.4 THEN PERFORM receivables.apply_payment(one.payment_id, applied_on => one.day, schema => 'tap_hist');
			WHEN one.what < 0.7 THEN PERFORM receivables.apply_payment(one.payment_id, 'prorata', applied_on => one.day, schema => 'tap_hist');
			WHEN one.what < 0.8 THEN
				PERFORM receivables.apply_payment(one.payment_id, CASE WHEN one.what < 0.75 THEN 'fifo' ELSE 'prorata' END, applied_on => one.day,
					currency => CASE one.cash WHEN 'CNY' THEN 'USD' ELSE 'CNY' END, rate => CASE one.cash WHEN 'CNY' THEN 7.1234 ELSE 0.1404 END, schema => 'tap_hist');
			WHEN one.what < 0.9 THEN PERFORM receivables.unapply_payment(one.payment_id, schema => 'tap_hist');
			WHEN one.what < 0.95 THEN
				PERFORM receivables.refund_payment(p.payment_id, CASE WHEN one.what < 0.93 AND p.open > 0.01 THEN amount(round(p.open / 2, 2), one.cash) END, one.day, 'tap_hist')
				FROM (SELECT p.payment_id, to_numeric(p.amount) - coalesce(to_numeric(p.applied), 0) AS open FROM payment AS p WHERE p.payment_id = one.payment_id) AS p WHERE p.open > 0;
			ELSE NULL;
		END CASE;
	END LOOP;
	INSERT INTO pause (instalment_id, kind, since, until)
		SELECT i.instalment_id, 'dispute', booked - (random() * 20)::int, CASE WHEN random() < 0.5 THEN booked + 1 + (random() * 20)::int END FROM instalment AS i WHERE random() < 0.02;
	UPDATE instalment SET due_on = due_on + (random() * 30)::int WHERE random() < 0.03;
END
$$;
CALL tap_hist.work('2026-02-01');
CALL tap_hist.work('2026-03-10');
CALL tap_hist.work('2026-04-20');
ANALYZE invoice; ANALYZE instalment; ANALYZE payment; ANALYZE allocation;
SELECT set_clock('2026-06-01 09:00+00') \g /dev/null
SELECT lives_ok('SET CONSTRAINTS ALL IMMEDIATE', 'each invoice is the sum of its instalments');
SELECT cmp_ok((SELECT count(*) FROM allocation WHERE paid IS NOT NULL), '>', :histories / 100::bigint, 'some of it across currencies');
SELECT cmp_ok((SELECT count(*) FROM allocation WHERE instalment_id IS NULL), '>', :histories / 200::bigint, 'some refunded');
SELECT cmp_ok((SELECT count(*) FROM allocation WHERE amount < 0), '>', :histories / 200::bigint, 'some taken back');

-- what is settled
SELECT is_empty('SELECT payment_id FROM payment AS p LEFT JOIN (SELECT payment_id, sum(coalesce(paid, amount)) AS s FROM allocation GROUP BY 1) AS a USING (payment_id)
	WHERE a.s > p.amount OR a.s < 0 OR a.s IS DISTINCT FROM p.applied', 'allocations never exceed the payment, and its sum is kept');
SELECT is_empty('SELECT instalment_id FROM instalment AS i LEFT JOIN (SELECT instalment_id, sum(amount) AS s FROM allocation WHERE instalment_id IS NOT NULL GROUP BY 1) AS a USING (instalment_id)
	WHERE a.s > i.amount OR a.s < 0 OR a.s IS DISTINCT FROM i.applied', 'nor what is open');
SELECT is_empty($$SELECT payment_id, instalment_id FROM allocation WHERE paid IS NOT NULL AND amount > 0 AND
	abs(to_numeric(paid) - to_numeric(amount) * CASE currency(paid) WHEN 'CNY' THEN 7.1234 ELSE 0.1404 END) > CASE currency(paid) WHEN 'CNY' THEN 0.08 ELSE 0.011 END$$,
	'what it costs in another currency is its price, but for less than a cent settles and the rounding');

-- by hand: from the definitions, with neither sums that are kept nor days when it counts
CREATE TEMP TABLE as_of (n int, day date, upto timestamptz);
INSERT INTO as_of SELECT n, date '2025-12-31' + 18 * n, 'infinity' FROM generate_series(0, 8) AS n;				-- by effective date
INSERT INTO as_of SELECT 100 + n, 'infinity', day_start(date '2026-02-01' + 37 * n + 1) FROM generate_series(0, 2) AS n;	-- by booking date
INSERT INTO as_of VALUES (200, '2026-03-20', '2026-04-01 11:00+00');												-- as it was known
CREATE TEMP TABLE naive AS
	WITH counts AS (
		SELECT a.*, greatest(a.applied_on, p.received_on, v.issued_on) AS on_day, greatest(a.booked_at, p.booked_at, v.booked_at) AS at
		FROM allocation AS a JOIN payment AS p USING (payment_id) LEFT JOIN instalment AS i USING (instalment_id) LEFT JOIN invoice AS v USING (invoice_id)
	)
	SELECT d.n, 'instalment' AS kind, i.instalment_id AS item_id, v.customer_id, currency(i.amount) AS currency, to_numeric(i.amount) - coalesce(sum(to_numeric(c.amount)), 0) AS open
	FROM as_of AS d JOIN invoice AS v ON v.issued_on <= d.day AND v.booked_at < d.upto JOIN instalment AS i USING (invoice_id)
	LEFT JOIN counts AS c ON c.instalment_id = i.instalment_id AND c.on_day <= d.day AND c.at < d.upto GROUP BY 1, 2, 3, 4, 5, i.amount
	UNION ALL
	SELECT d.n, p.kind, p.payment_id, p.customer_id, currency(p.amount), - to_numeric(p.amount) + coalesce(sum(to_numeric(coalesce(c.paid, c.amount))), 0)
	FROM as_of AS d JOIN payment AS p ON p.received_on <= d.day AND p.booked_at < d.upto
	LEFT JOIN counts AS c ON c.payment_id = p.payment_id AND c.on_day <= d.day AND c.at < d.upto GROUP BY 1, 2, 3, 4, 5, p.amount;
DELETE FROM naive WHERE open = 0;
CREATE TEMP TABLE item AS
	SELECT d.n, o.* FROM as_of AS d, receivables.open_items(
		CASE d.day WHEN 'infinity' THEN day_of(d.upto - interval '1 hour') ELSE d.day END, CASE d.day WHEN 'infinity' THEN 'booked' ELSE 'effective' END,
		CASE WHEN d.n = 200 THEN d.upto END) AS o;
CREATE TEMP TABLE report AS
	SELECT d.n, (r.keys ->> 'customer')::bigint AS customer_id, r.* FROM as_of AS d, receivables.aging_report(
		CASE d.day WHEN 'infinity' THEN day_of(d.upto - interval '1 hour') ELSE d.day END, basis => CASE d.day WHEN 'infinity' THEN 'booked' ELSE 'effective' END,
		known_at => CASE WHEN d.n = 200 THEN d.upto END) AS r;
SELECT cmp_ok((SELECT count(*) FROM naive), '>', :histories * 8::bigint, 'there is something to report');
SELECT is_empty('(SELECT n, kind, item_id, customer_id, currency, open FROM naive EXCEPT SELECT n, kind, item_id, customer_id, currency(open_amount), to_numeric(open_amount) FROM item)
	UNION ALL (SELECT n, kind, item_id, customer_id, currency(open_amount), to_numeric(open_amount) FROM item EXCEPT SELECT n, kind, item_id, customer_id, currency, open FROM naive)',
	'on any day, by effective date, by booking date and as it was known: each item as counted by hand');
SELECT is_empty('SELECT n, customer_id, currency, coalesce(a.total, 0), coalesce(r.total, 0) FROM (SELECT n, customer_id, currency, sum(open) AS total FROM naive GROUP BY 1, 2, 3) AS a
	FULL JOIN report AS r USING (n, customer_id, currency) WHERE a.total IS DISTINCT FROM r.total', 'the report of each customer and currency is what is open');
SELECT is_empty($$SELECT n, customer_id, currency FROM (
		SELECT d.n, x.customer_id, x.currency, sum(x.value) AS value FROM as_of AS d, LATERAL (
			SELECT v.customer_id, currency(v.amount) AS currency, to_numeric(v.amount) AS value FROM invoice AS v WHERE v.issued_on <= d.day AND v.booked_at < d.upto
			UNION ALL SELECT p.customer_id, currency(p.amount), - to_numeric(p.amount) FROM payment AS p WHERE p.received_on <= d.day AND p.booked_at < d.upto
			-- a refund is owed again; across currencies one side falls and the other rises
			UNION ALL SELECT p.customer_id, currency(p.amount), to_numeric(a.amount) FROM allocation AS a JOIN payment AS p USING (payment_id)
				WHERE a.instalment_id IS NULL AND a.counts_on <= d.day AND a.counts_at < d.upto
			UNION ALL SELECT p.customer_id, currency(p.amount), to_numeric(a.paid) FROM allocation AS a JOIN payment AS p USING (payment_id)
				WHERE a.paid IS NOT NULL AND a.counts_on <= d.day AND a.counts_at < d.upto
			UNION ALL SELECT p.customer_id, currency(a.amount), - to_numeric(a.amount) FROM allocation AS a JOIN payment AS p USING (payment_id)
				WHERE a.paid IS NOT NULL AND a.counts_on <= d.day AND a.counts_at < d.upto) AS x
		GROUP BY 1, 2, 3) AS ledger FULL JOIN report AS r USING (n, customer_id, currency) WHERE coalesce(ledger.value, 0) <> coalesce(r.total, 0)$$,
	'receivable = invoiced - paid - credited + refunded');
SELECT is_empty('SELECT n, keys FROM report WHERE not_due + credits + (SELECT sum(b) FROM unnest(buckets) AS b) <> total', 'the buckets add up to it');
SELECT is_empty($$SELECT n, customer_id, currency FROM (SELECT n, customer_id, currency(open_amount) AS currency, coalesce(sum(to_numeric(open_amount)) FILTER (WHERE open_amount > 0 AND days_past_due BETWEEN 31 AND 60), 0) AS two FROM item GROUP BY 1, 2, 3) AS i
	JOIN report AS r USING (n, customer_id, currency) WHERE r.buckets[2] <> i.two$$, 'the second bucket is 31 to 60 days past due');
SELECT is_empty($$
	SELECT item_id, day FROM (SELECT d.day, o.item_id, o.open_amount, lag(o.open_amount) OVER (PARTITION BY o.item_id ORDER BY d.day) AS before
		FROM item AS o JOIN as_of AS d USING (n) WHERE o.kind = 'instalment' AND d.n < 100
		  AND NOT EXISTS (SELECT FROM allocation AS a WHERE a.instalment_id = o.item_id AND a.amount < 0)) AS o
	WHERE open_amount > before$$, 'as days go by an instalment is only ever settled further, unless it is taken back');

-- what was settled, as of any day: its parts add up, and what is open of them is what is open
SELECT is_empty('SELECT d.n, i.instalment_id FROM as_of AS d CROSS JOIN instalment AS i
	LEFT JOIN (SELECT d.n, h.instalment_id, sum(h.amount) AS amount FROM as_of AS d JOIN settlement_history AS h ON h.since <= d.day AND h.until > d.day WHERE d.n < 100 GROUP BY 1, 2) AS s USING (n, instalment_id)
	WHERE d.n < 100 AND to_numeric(i.amount) IS DISTINCT FROM s.amount', 'on each day the parts in force are the instalment');
SELECT is_empty($$SELECT n, item_id FROM (SELECT d.n, h.instalment_id AS item_id, sum(h.amount) AS open FROM as_of AS d JOIN settlement_history AS h ON h.since <= d.day AND h.until > d.day
		WHERE d.n < 100 AND h.settled_on IS NULL AND h.issued_on <= d.day GROUP BY 1, 2) AS h
	FULL JOIN (SELECT * FROM naive WHERE kind = 'instalment' AND n < 100) AS i USING (n, item_id) WHERE h.open IS DISTINCT FROM i.open$$, 'and what is open of them is what is open');
SELECT is_empty($$SELECT n, h.currency FROM (
		SELECT d.n, h.currency, count(*) AS items, count(*) FILTER (WHERE h.settled_on IS NULL) AS open_items, avg(greatest(h.settled_on - h.issued_on, 0)) FILTER (WHERE h.settled_on IS NOT NULL) AS mean
		FROM as_of AS d JOIN settlement_history AS h ON h.since <= d.day AND h.until > d.day AND h.issued_on <= d.day AND h.amount > 0 WHERE d.n < 100 GROUP BY 1, 2) AS h
	JOIN (SELECT n, CASE WHEN n < 100 THEN day END AS day FROM as_of) AS d USING (n), receivables.collection_days(d.day) AS c WHERE c.currency = h.currency AND c.method = 'count'
	  AND (c.items <> h.items OR c.open_items <> h.open_items OR abs(c.paid_mean_days - h.mean) > 1e-9)$$, 'days to collect are of these parts');

-- every rule of aging, by due and by issue date
SELECT is_empty($$
	SELECT edge, zero, apart, credit, aged_by, r.currency FROM unnest('{inclusive,exclusive}'::text[]) AS edge, unnest('{day_0_not_due,day_0_due}'::text[]) AS zero,
		unnest('{not_due_apart,not_due_in_first}'::text[]) AS apart, unnest('{credits_apart,credits_aged}'::text[]) AS credit, unnest('{due,issued}'::text[]) AS aged_by,
		receivables.aging_report('2026-04-15', '{}', rule => concat_ws(' ', edge, zero, apart, credit), aged_by => aged_by, edges => '{15,45}') AS r
	JOIN (SELECT currency(open_amount) AS currency, sum(to_numeric(open_amount)) AS total FROM receivables.open_items('2026-04-15') GROUP BY 1) AS o USING (currency)
	WHERE r.total <> o.total OR coalesce(r.not_due, 0) + coalesce(r.credits, 0) + (SELECT sum(b) FROM unnest(r.buckets) AS b) <> o.total$$, 'by every rule the figures add up to what is open');

-- the view for tools, on a day after which there is much
SELECT set_clock('2026-03-20 09:00+00') \g /dev/null
SELECT is_empty($$SELECT * FROM (SELECT customer_id, currency, not_due, ARRAY[d1_30, d31_60, d61_90, d91_plus] AS buckets, credits, total FROM receivable_aging) AS v
	FULL JOIN (SELECT (keys ->> 'customer')::bigint AS customer_id, currency, not_due, buckets, credits, total FROM receivables.aging_report('2026-03-20')) AS r USING (customer_id, currency)
	WHERE (v.not_due, v.buckets, v.credits, v.total) IS DISTINCT FROM (r.not_due, r.buckets, r.credits, r.total)$$, 'the view of a day is the report of the day, also where what comes later is written already');
SELECT set_clock('2026-06-01 09:00+00') \g /dev/null

-- DSO and its family over the parts of what is settled
SELECT is_empty($$
	SELECT m.currency, m.value FROM receivables.metrics('2026-04-18', 2) AS m
	JOIN (SELECT currency, sum(open) AS open FROM naive WHERE kind = 'instalment' AND n = 6 GROUP BY 1) AS o USING (currency)
	JOIN (SELECT currency(amount) AS currency, sum(to_numeric(amount)) AS sold FROM invoice WHERE issued_on > '2026-02-18' AND issued_on <= '2026-04-18' GROUP BY 1) AS s USING (currency)
	WHERE m.metric = 'dso' AND m.value IS DISTINCT FROM (dso(o.open, s.sold, 59)).value$$, 'DSO is receivable / sales x days, of what is open on the day');
SELECT * FROM finish();
ROLLBACK;
