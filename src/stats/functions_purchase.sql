-- ---- stats: purchases ----------------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.purchase_days_add(internal, date, date) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_purchase_days_add';
CREATE OR REPLACE FUNCTION pulse_internal.purchase_days_combine(internal, internal) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_purchase_days_combine';
CREATE OR REPLACE FUNCTION pulse_internal.purchase_days_serialize(internal) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_purchase_days_serialize';
CREATE OR REPLACE FUNCTION pulse_internal.purchase_days_deserialize(bytea, internal) RETURNS internal
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_purchase_days_deserialize';
CREATE OR REPLACE FUNCTION pulse_internal.purchase_days_final(internal) RETURNS pulse.purchase_history
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_purchase_days_final';
REVOKE ALL ON FUNCTION pulse_internal.purchase_days_add(internal, date, date) FROM PUBLIC;
REVOKE ALL ON FUNCTION pulse_internal.purchase_days_combine(internal, internal) FROM PUBLIC;
REVOKE ALL ON FUNCTION pulse_internal.purchase_days_serialize(internal) FROM PUBLIC;
REVOKE ALL ON FUNCTION pulse_internal.purchase_days_deserialize(bytea, internal) FROM PUBLIC;
REVOKE ALL ON FUNCTION pulse_internal.purchase_days_final(internal) FROM PUBLIC;

CREATE OR REPLACE FUNCTION pulse_internal.purchase_fit_add(internal, pulse.purchase_history) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_purchase_fit_add';
CREATE OR REPLACE FUNCTION pulse_internal.purchase_fit_combine(internal, internal) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_purchase_fit_combine';
CREATE OR REPLACE FUNCTION pulse_internal.purchase_fit_serialize(internal) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_purchase_fit_serialize';
CREATE OR REPLACE FUNCTION pulse_internal.purchase_fit_deserialize(bytea, internal) RETURNS internal
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_purchase_fit_deserialize';
CREATE OR REPLACE FUNCTION pulse_internal.purchase_fit_final(internal) RETURNS pulse.purchase_model
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_purchase_fit_final';
REVOKE ALL ON FUNCTION pulse_internal.purchase_fit_add(internal, pulse.purchase_history) FROM PUBLIC;
REVOKE ALL ON FUNCTION pulse_internal.purchase_fit_combine(internal, internal) FROM PUBLIC;
REVOKE ALL ON FUNCTION pulse_internal.purchase_fit_serialize(internal) FROM PUBLIC;
REVOKE ALL ON FUNCTION pulse_internal.purchase_fit_deserialize(bytea, internal) FROM PUBLIC;
REVOKE ALL ON FUNCTION pulse_internal.purchase_fit_final(internal) FROM PUBLIC;

CREATE OR REPLACE FUNCTION pulse.p_alive(model pulse.purchase_model, history pulse.purchase_history) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_p_alive';
COMMENT ON FUNCTION pulse.p_alive(pulse.purchase_model, pulse.purchase_history) IS
'The chance, 0 to 1, that a customer with this history will still buy again, by the BG/NBD model (Fader, Hardie and Lee 2005). 1 without repeats, since one can only leave after a purchase. NULL for a model without parameters. Errors: 22023 a history that contradicts itself, or a parameter that is not positive.';

CREATE OR REPLACE FUNCTION pulse.expected_purchases(model pulse.purchase_model, history pulse.purchase_history, span double precision) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_expected_purchases';
COMMENT ON FUNCTION pulse.expected_purchases(pulse.purchase_model, pulse.purchase_history, double precision) IS
'How many purchases a customer with this history is expected to make within the span from now, in the unit of the histories (days), by the BG/NBD model (Fader, Hardie and Lee 2005, equation 10). NULL for a model without parameters. Errors: as p_alive(); 22023 a span that is negative or not finite; 22003 a result that is no number.';

CREATE OR REPLACE FUNCTION pulse.rfm(relation regclass, amount text, day text, by text[], as_of date DEFAULT NULL, bins integer DEFAULT 5,
		condition text DEFAULT NULL, OUT keys jsonb, OUT currency text, OUT recency integer, OUT frequency bigint, OUT monetary numeric,
		OUT recency_score integer, OUT frequency_score integer, OUT monetary_score integer) RETURNS SETOF record
	LANGUAGE c STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_rfm';
COMMENT ON FUNCTION pulse.rfm(regclass, text, text, text[], date, integer, text) IS
'Recency, frequency and monetary value of each customer, from a table or view with one row per purchase: pulse.rfm(''app.orders'', amount => ''total'', day => ''order_date'', by => ''{customer_id}''). amount, day, by and condition are columns or expressions of the relation; what is bought after as_of (today) does not count. recency: days since the last purchase; frequency: days with a purchase; monetary: the sum of the amounts, one row per currency. Scores go from 1 to bins (5) among the customers of a currency, 5 being the latest, most frequent, greatest: 1 + the whole part of bins * (customers with less) / customers, so that equal values score alike. Errors: as aging_report(); 22023 bins not from 2 to 100, an amount or a day that is not finite; 22004 an argument that may not be null.';
