-- ---- aging: DSO and its family, over figures ---------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.above_zero(figure integer, name text) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_above_zero';
CREATE OR REPLACE FUNCTION pulse_internal.finite(VARIADIC figures numeric[]) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_finite';
CREATE OR REPLACE FUNCTION pulse_internal.month_days(sales numeric[], days integer[]) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_month_days';

CREATE OR REPLACE FUNCTION pulse.dso(receivable numeric, sales numeric, days integer) RETURNS pulse.metric
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT ROW(CASE WHEN pulse_internal.above_zero(days, 'days') IS NOT NULL AND pulse_internal.finite(receivable, sales) AND sales > 0 THEN receivable * days / sales END,
		CASE WHEN sales = 0 THEN 'zero_sales' WHEN sales < 0 OR receivable < 0 THEN 'negative' ELSE 'ok' END)::pulse.metric;
END;
COMMENT ON FUNCTION pulse.dso(numeric, numeric, integer) IS
'Days sales outstanding = receivable / sales x days: how many days of sales are still to be paid. sales are those on credit in the days before; receivable is what was open at their end. Status: ok, zero_sales, negative. The figures are of one currency. NULL when an argument is. Error: 22023 days that are not above zero, figures that are not finite. Formula: the usual one, as credit managers'' associations publish it.';

CREATE OR REPLACE FUNCTION pulse.best_possible_dso(not_due numeric, sales numeric, days integer) RETURNS pulse.metric
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT ROW(CASE WHEN pulse_internal.above_zero(days, 'days') IS NOT NULL AND pulse_internal.finite(not_due, sales) AND sales > 0 THEN not_due * days / sales END,
		CASE WHEN sales = 0 THEN 'zero_sales' WHEN sales < 0 OR not_due < 0 THEN 'negative' ELSE 'ok' END)::pulse.metric;
END;
COMMENT ON FUNCTION pulse.best_possible_dso(numeric, numeric, integer) IS
'Best possible DSO = receivable that is not past due / sales x days: the DSO if everybody paid on the due date. Status: ok, zero_sales, negative. The figures are of one currency. NULL when an argument is. Error: 22023 days that are not above zero, figures that are not finite. Formula: Credit Research Foundation.';

CREATE OR REPLACE FUNCTION pulse.average_days_delinquent(receivable numeric, not_due numeric, sales numeric, days integer) RETURNS pulse.metric
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT ROW(CASE WHEN pulse_internal.above_zero(days, 'days') IS NOT NULL AND pulse_internal.finite(receivable, not_due, sales) AND sales > 0 THEN (receivable - not_due) * days / sales END,
		CASE WHEN sales = 0 THEN 'zero_sales' WHEN sales < 0 OR receivable < not_due OR not_due < 0 THEN 'negative' ELSE 'ok' END)::pulse.metric;
END;
COMMENT ON FUNCTION pulse.average_days_delinquent(numeric, numeric, numeric, integer) IS
'Average days delinquent = DSO - best possible DSO = (receivable - not_due) / sales x days: the days of sales that are past due. Status: ok, zero_sales, negative. The figures are of one currency. NULL when an argument is. Error: 22023 days that are not above zero, figures that are not finite. Formula: Credit Research Foundation.';

CREATE OR REPLACE FUNCTION pulse.count_back_dso(receivable numeric, sales numeric[], days integer[]) RETURNS pulse.metric
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT ROW(CASE WHEN receivable >= 0 AND min(month.sold) >= 0 AND sum(month.sold) > 0 THEN
			coalesce(sum(CASE WHEN month.until <= receivable THEN month.days
				ELSE (receivable - month.until + month.sold) * month.days / month.sold END)
				FILTER (WHERE receivable > month.until - month.sold), 0) END,
		CASE WHEN receivable < 0 OR min(month.sold) < 0 THEN 'negative' WHEN sum(month.sold) = 0 THEN 'zero_sales'
			WHEN receivable > sum(month.sold) THEN 'short_history' ELSE 'ok' END)::pulse.metric
	FROM (SELECT m.sold, m.days, sum(m.sold) OVER (ORDER BY m.n) AS until
		FROM unnest(count_back_dso.sales, count_back_dso.days) WITH ORDINALITY AS m(sold, days, n)
		WHERE pulse_internal.month_days(count_back_dso.sales, count_back_dso.days)
			AND pulse_internal.finite(VARIADIC array_append(count_back_dso.sales, count_back_dso.receivable))) AS month;
END;
COMMENT ON FUNCTION pulse.count_back_dso(numeric, numeric[], integer[]) IS
'DSO by count-back (exhaustion): whole months are walked back from the newest while their sales fit into what is left of the receivable; the last one counts rest / sales x its days. Seasonal sales do not distort it. sales and days: one entry per month, the newest first. Status: ok; short_history: the sales of all the months do not reach the receivable, and the value is the days of all of them, a lower bound; zero_sales; negative (a month too). NULL when an argument is. Error: 22023 lists that are empty, of different length, with nulls, or with days not above zero; figures that are not finite. Formula: the count-back method of credit management.';

CREATE OR REPLACE FUNCTION pulse.count_back_dso(receivable numeric, sales numeric[], as_of date) RETURNS pulse.metric
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT pulse.count_back_dso(receivable, sales, ARRAY(
		SELECT (as_of + 1 - make_interval(months => n - 1))::date - (as_of + 1 - make_interval(months => n))::date
		FROM generate_series(1, cardinality(sales)) AS n ORDER BY n));
END;
COMMENT ON FUNCTION pulse.count_back_dso(numeric, numeric[], date) IS
'The same with the lengths of the months that end with as_of: as of 2024-02-29 they are 29, 31, 31, 30 ... days long. On a day inside a month, months run from that day to that day.';

CREATE OR REPLACE FUNCTION pulse.collection_effectiveness(opening numeric, sales numeric, months integer, receivable numeric, not_due numeric) RETURNS pulse.metric
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT ROW(CASE WHEN pulse_internal.above_zero(months, 'months') IS NOT NULL AND pulse_internal.finite(opening, sales, receivable, not_due) AND (opening - not_due) * months + sales > 0
			THEN ((opening - receivable) * months + sales) * 100 / ((opening - not_due) * months + sales) END,
		CASE WHEN (opening - not_due) * months + sales = 0 THEN 'nothing_due'
			WHEN least(opening, sales, receivable, not_due, (opening - not_due) * months + sales) < 0 THEN 'negative' ELSE 'ok' END)::pulse.metric;
END;
COMMENT ON FUNCTION pulse.collection_effectiveness(numeric, numeric, integer, numeric, numeric) IS
'Collection effectiveness index, in percent = (opening + sales / months - receivable) / (opening + sales / months - not_due) x 100: what was collected of what could have been. opening and receivable are open at the begin and the end of the months, not_due is the part of receivable that is not past due. 100 is everything. Status: ok; nothing_due: the divisor is zero; negative. NULL when an argument is. Error: 22023 months not above zero, figures that are not finite. Formula: Credit Research Foundation.';

CREATE OR REPLACE FUNCTION pulse.receivables_turnover(sales numeric, average_receivable numeric) RETURNS pulse.metric
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT ROW(CASE WHEN pulse_internal.finite(sales, average_receivable) AND average_receivable > 0 THEN sales / average_receivable END,
		CASE WHEN average_receivable = 0 THEN 'no_receivable' WHEN sales < 0 OR average_receivable < 0 THEN 'negative'
			WHEN sales = 0 THEN 'zero_sales' ELSE 'ok' END)::pulse.metric;
END;
COMMENT ON FUNCTION pulse.receivables_turnover(numeric, numeric) IS
'Receivables turnover = sales / average receivable: how often in the time of the sales the receivable was paid and built again. Status: ok, no_receivable, zero_sales (the value is 0), negative. NULL when an argument is. Error: 22023 figures that are not finite. Formula: financial statement analysis.';

CREATE OR REPLACE FUNCTION pulse.average_collection_period(sales numeric, average_receivable numeric, days integer) RETURNS pulse.metric
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT ROW(CASE WHEN pulse_internal.above_zero(days, 'days') IS NOT NULL AND pulse_internal.finite(sales, average_receivable) AND sales > 0 THEN average_receivable * days / sales END,
		CASE WHEN sales = 0 THEN 'zero_sales' WHEN sales < 0 OR average_receivable < 0 THEN 'negative' ELSE 'ok' END)::pulse.metric;
END;
COMMENT ON FUNCTION pulse.average_collection_period(numeric, numeric, integer) IS
'Average collection period = days / turnover = average receivable x days / sales. Status: ok, zero_sales, negative. The figures are of one currency. NULL when an argument is. Error: 22023 days that are not above zero, figures that are not finite. Formula: financial statement analysis.';

-- ---- aging: over profiles ------------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse.roll_rates(before pulse.aging_profile, after pulse.aging_profile,
		OUT bucket integer, OUT label text, OUT amount numeric, OUT rolled numeric, OUT value numeric, OUT status text) RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 5 AS 'MODULE_PATHNAME', 'sp_roll_rates';
COMMENT ON FUNCTION pulse.roll_rates(pulse.aging_profile, pulse.aging_profile) IS
'Of each figure of one profile the share that is in the next bucket in the profile of the next period: value = rolled / amount. It tells how much moves on if the period is as long as the buckets; above 1, debts came in another way. Status: ok, no_receivable (amount is zero), negative. Errors: SP101 other currencies, SP301 other edges or rules. Formula: roll rates of credit risk (net flow).';

CREATE OR REPLACE FUNCTION pulse.provision_matrix(profile pulse.aging_profile, rates numeric[],
		OUT bucket integer, OUT label text, OUT amount numeric, OUT rate numeric, OUT provision numeric) RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 5 AS 'MODULE_PATHNAME', 'sp_provision_matrix';
COMMENT ON FUNCTION pulse.provision_matrix(pulse.aging_profile, numeric[]) IS
'Expected losses by bucket: one rate from 0 to 1 for each figure of the profile but credits, in their order, not_due first. provision = amount x rate, to the digits of the currency, half away from zero; of plain numbers, unrounded. Credits carry none and are no row. Error: 22023 other numbers of rates, or rates outside 0 to 1. Formula: the provision matrix of IFRS 9, B5.5.35.';

CREATE OR REPLACE FUNCTION pulse_internal.days_late_add(internal, numeric, date, date) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_days_late_add';
CREATE OR REPLACE FUNCTION pulse_internal.days_late_final(internal) RETURNS pulse.metric
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_days_late_final';
REVOKE ALL ON FUNCTION pulse_internal.days_late_add(internal, numeric, date, date) FROM PUBLIC;
REVOKE ALL ON FUNCTION pulse_internal.days_late_final(internal) FROM PUBLIC;
