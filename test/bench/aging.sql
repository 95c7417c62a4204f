-- Aging of all open items, and per customer, against one plain sum(bigint) of
-- the same rows, and beside what a user would write instead.
-- @setup
SET search_path = public, pulse;
\set as_of 'date ''2026-06-30'''
SELECT pg_prewarm('invoice8'), pg_prewarm('invoice'), pg_prewarm('invoice_amount');
-- @check amount, numeric and hand-written FILTER agree to the cent
SELECT ARRAY(SELECT b.amount FROM buckets(a.p) AS b) = f.figures AND ARRAY(SELECT b.amount FROM buckets(n.p) AS b) = f.figures
FROM (SELECT aging(total - paid, due, :as_of) AS p FROM invoice_amount) AS a,
	 (SELECT aging(total - paid, due, :as_of) AS p FROM invoice) AS n,
	 (SELECT ARRAY[sum(total - paid) FILTER (WHERE due >= :as_of),
		sum(total - paid) FILTER (WHERE due BETWEEN :as_of - 30 AND :as_of - 1),
		sum(total - paid) FILTER (WHERE due BETWEEN :as_of - 60 AND :as_of - 31),
		sum(total - paid) FILTER (WHERE due BETWEEN :as_of - 90 AND :as_of - 61),
		sum(total - paid) FILTER (WHERE due < :as_of - 90), 0] AS figures FROM invoice) AS f;
-- @check profiles of all customers add up to the whole
SELECT (SELECT sum(p) FROM (SELECT aging(total - paid, due, :as_of) AS p FROM invoice_amount GROUP BY customer_id) AS c)
	 = (SELECT aging(total - paid, due, :as_of) FROM invoice_amount);
-- @bench sum_bigint
SELECT sum(total - paid) FROM invoice8;
-- @bench aging_amount vs sum_bigint aim 1.15
SELECT aging(total - paid, due, :as_of) FROM invoice_amount;
-- @bench aging_amount_six_edges vs sum_bigint
SELECT aging(total - paid, due, :as_of, '{10,20,30,60,90,120}') FROM invoice_amount;
-- @bench sum_amount vs sum_bigint
SELECT sum(total - paid) FROM invoice_amount;
-- @bench aging_numeric vs sum_bigint aim 2
SELECT aging(total - paid, due, :as_of) FROM invoice;
-- @bench sum_bigint_column
SELECT sum(total) FROM invoice8;
-- @bench aging_numeric_column vs sum_bigint_column
SELECT aging(total, due, :as_of) FROM invoice;
-- @bench sum_numeric vs sum_bigint
SELECT sum(total - paid) FROM invoice;
-- @bench filter_sums_numeric vs sum_bigint
SELECT sum(total - paid) FILTER (WHERE due >= :as_of),
	sum(total - paid) FILTER (WHERE due BETWEEN :as_of - 30 AND :as_of - 1),
	sum(total - paid) FILTER (WHERE due BETWEEN :as_of - 60 AND :as_of - 31),
	sum(total - paid) FILTER (WHERE due BETWEEN :as_of - 90 AND :as_of - 61),
	sum(total - paid) FILTER (WHERE due < :as_of - 90), sum(total - paid) FILTER (WHERE total < paid) FROM invoice;
-- @bench customers_sum_bigint
SELECT count(s) FROM (SELECT sum(total - paid) AS s FROM invoice8 GROUP BY customer_id) AS c;
-- @bench customers_aging_amount vs customers_sum_bigint aim 1.5
SELECT count(p) FROM (SELECT aging(total - paid, due, :as_of) AS p FROM invoice_amount GROUP BY customer_id) AS c;
-- @bench customers_aging_numeric vs customers_sum_bigint
SELECT count(p) FROM (SELECT aging(total - paid, due, :as_of) AS p FROM invoice GROUP BY customer_id) AS c;
-- @bench customers_filter_sums_numeric vs customers_sum_bigint
SELECT count(c) FROM (SELECT sum(total - paid) FILTER (WHERE due >= :as_of),
	sum(total - paid) FILTER (WHERE due BETWEEN :as_of - 30 AND :as_of - 1),
	sum(total - paid) FILTER (WHERE due BETWEEN :as_of - 60 AND :as_of - 31),
	sum(total - paid) FILTER (WHERE due BETWEEN :as_of - 90 AND :as_of - 61),
	sum(total - paid) FILTER (WHERE due < :as_of - 90), sum(total - paid) FILTER (WHERE total < paid) FROM invoice GROUP BY customer_id) AS c;
-- @bench aging_amount_rule vs sum_bigint aim 1.25
SELECT aging(total - paid, due, :as_of, '{30,60,90}', 'exclusive, day_0_due, credits_aged') FROM invoice_amount;
-- @bench customers_group_by
SELECT count(s) FROM (SELECT customer_id, sum(total - paid) AS s FROM invoice_amount GROUP BY customer_id) AS c;
-- The whole report, all columns of a row per customer, against that one sum per customer.
-- @bench report_customers vs customers_group_by aim 3
SELECT count(total) FROM aging_report('invoice_amount', 'total - paid', 'due', :as_of, '{customer_id}');
-- @bench report_customers_numeric vs customers_group_by
SELECT count(total) FROM aging_report('invoice', 'total - paid', 'due', :as_of, '{customer_id}');
-- @bench report_one_row vs currencies_group_by aim 1.5
SELECT count(total) FROM aging_report('invoice_amount', 'total - paid', 'due', :as_of);
-- @bench currencies_group_by
SELECT currency(total), sum(total - paid) FROM invoice_amount GROUP BY 1;
-- @bench km_median vs sum_bigint
SELECT km_median(due - issued, paid = total) FROM invoice8;
-- @bench weighted_days_late vs sum_numeric_column aim 1.5
SELECT weighted_days_late(total, due, issued) FROM invoice;
-- @bench sum_numeric_column
SELECT sum(total) FROM invoice;
-- @bench receivable_metrics vs sum_bigint
SELECT count(*) FROM receivable_metrics('invoice', 'total', 'issued', 'due', 'CASE WHEN paid = total THEN due + 10 END', :as_of);
