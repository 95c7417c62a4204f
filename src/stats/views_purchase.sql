-- ---- stats: purchases ----------------------------------------------------------------

CREATE OR REPLACE AGGREGATE pulse.purchase_history(day date, as_of date) (
	SFUNC = pulse_internal.purchase_days_add, STYPE = internal, SSPACE = 256,
	FINALFUNC = pulse_internal.purchase_days_final, COMBINEFUNC = pulse_internal.purchase_days_combine,
	SERIALFUNC = pulse_internal.purchase_days_serialize, DESERIALFUNC = pulse_internal.purchase_days_deserialize,
	PARALLEL = safe
);
COMMENT ON AGGREGATE pulse.purchase_history(date, date) IS
'A customer''s purchases until as_of, in days: SELECT customer_id, pulse.purchase_history(order_date, date ''2026-09-30'') FROM app.orders GROUP BY 1. Several on one day are one purchase; those after as_of, and rows with a null, do not count; NULL when none counts. Errors: SP301 as_of varies within a group; 22023 an infinite date.';

CREATE OR REPLACE AGGREGATE pulse.fit_purchases(history pulse.purchase_history) (
	SFUNC = pulse_internal.purchase_fit_add, STYPE = internal, SSPACE = 4096,
	FINALFUNC = pulse_internal.purchase_fit_final, COMBINEFUNC = pulse_internal.purchase_fit_combine,
	SERIALFUNC = pulse_internal.purchase_fit_serialize, DESERIALFUNC = pulse_internal.purchase_fit_deserialize,
	PARALLEL = safe
);
COMMENT ON AGGREGATE pulse.fit_purchases(pulse.purchase_history) IS
'The BG/NBD model (Fader, Hardie and Lee 2005) that makes the histories most likely, one row per customer. The result depends neither on the order of the rows nor on parallel workers. NULL when no row counts. Errors: 22023 a history that contradicts itself.';
