-- ---- aging: reports over any relation -------------------------------------------

CREATE OR REPLACE FUNCTION pulse.currency_number(amount pulse.amount) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_currency_number';
COMMENT ON FUNCTION pulse.currency_number(pulse.amount) IS
'ISO 4217 number of the currency of an amount: 156 for CNY. It costs less than pulse.currency(amount) where millions of rows are grouped by it.';

CREATE OR REPLACE FUNCTION pulse.aging_report(relation regclass, amount text, due text, as_of date DEFAULT NULL,
		by text[] DEFAULT '{}', edges integer[] DEFAULT '{30,60,90}', condition text DEFAULT NULL,
		rule text DEFAULT '', issued text DEFAULT NULL, settled text DEFAULT NULL, OUT keys jsonb, OUT currency text, OUT not_due numeric, OUT buckets numeric[], OUT overdue numeric,
		OUT credits numeric, OUT total numeric, OUT profile pulse.aging_profile) RETURNS SETOF record
	LANGUAGE c STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_aging_report';
COMMENT ON FUNCTION pulse.aging_report(regclass, text, text, date, text[], integer[], text, text, text, text) IS
'Aging of a table or view: one row per currency and per value of the columns in "by". amount (pulse.amount, numeric or integer), due (date or timestamp), each of "by" and condition are columns of the relation or SQL expressions over it; they run with your own rights. issued and settled, dates likewise: only what was issued by as_of and not settled by then (NULL: open) counts. as_of: NULL is today in the business time zone. buckets: one figure per bucket, in the order of the edges. rule: as for pulse.aging(); not_due and overdue are NULL with not_due_in_first, credits with credits_aged. Errors: 42P01, 42703, 42601 and others from your expressions, 42804 wrong type, 22023 unusable edges or rule, 22004 null.';

CREATE OR REPLACE FUNCTION pulse.open_items(relation regclass, amount text, due text, as_of date DEFAULT NULL, issued text DEFAULT NULL,
		settled text DEFAULT NULL, by text[] DEFAULT '{}', condition text DEFAULT NULL,
		OUT keys jsonb, OUT currency text, OUT due_on date, OUT open_amount numeric, OUT days_past_due integer) RETURNS SETOF record
	LANGUAGE c STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_open_items';
COMMENT ON FUNCTION pulse.open_items(regclass, text, text, date, text, text, text[], text) IS
'The open items of a table or view as of a day (today unless given), with the columns in "by": those issued by then and not settled by then (NULL: open), where these dates are named; amounts of zero are none. days_past_due is NULL without a due date, and where it is infinite. Arguments and errors as for aging_report(). For a relation with one row per part of an invoice, such as an invoice joined with its payments, partial payments count as of their day.';

CREATE OR REPLACE PROCEDURE pulse.create_aging_view(view_name text, relation regclass, amount text, due text,
		by text[] DEFAULT '{}', edges integer[] DEFAULT '{30,60,90}', rule text DEFAULT '', condition text DEFAULT NULL)
	LANGUAGE c AS 'MODULE_PATHNAME', 'sp_create_aging_view';
COMMENT ON PROCEDURE pulse.create_aging_view(text, regclass, text, text, text[], integer[], text, text) IS
'Makes an ordinary view of built-in types: the columns of "by", currency, not_due, d1_30, d31_60, d61_90, d91_plus (by the edges; d0_30 with day_0_due, up_to_30 and no not_due with not_due_in_first), credits (not with credits_aged), total, as of today in the business time zone. Arguments as for aging_report(); a column of "by" called currency takes the place of the view''s. The view belongs to you and reads with its reader''s rights. Errors: as aging_report(); 42P07 the view exists, 42602 bad name, 42622 an expression too long for a column name.';

CREATE OR REPLACE FUNCTION pulse.receivable_metrics(relation regclass, amount text, issued text, due text, paid text,
		as_of date DEFAULT NULL, months integer DEFAULT 3, by text[] DEFAULT '{}', condition text DEFAULT NULL,
		OUT keys jsonb, OUT currency text, OUT metric text, OUT value numeric, OUT status text) RETURNS SETOF record
	LANGUAGE c STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_receivable_metrics';
COMMENT ON FUNCTION pulse.receivable_metrics(regclass, text, text, text, text, date, integer, text[], text) IS
'DSO and its family for a table or view of invoices, one row per metric, currency and value of the columns in "by": dso, count_back_dso (over 24 months), best_possible_dso, average_days_delinquent, collection_effectiveness, receivables_turnover, average_collection_period (average = (opening + closing) / 2), weighted_days_late (of what was paid in the months). amount is the whole invoice, paid the date on which it was paid in full (NULL: open); arguments otherwise as for aging_report(). Sales are what was issued in the months that end with as_of; what is due on as_of is not past due. status: see the type metric; short_history also where nothing was issued before the months. Errors: as aging_report(); 22023 months not 1 to 120.';
