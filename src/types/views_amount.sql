-- ---- types: aggregates over amounts --------------------------------------------

CREATE OR REPLACE AGGREGATE pulse.sum(pulse.amount) (
	SFUNC = pulse_internal.amount_total_add,
	STYPE = internal,
	SSPACE = 48,
	FINALFUNC = pulse_internal.amount_sum,
	COMBINEFUNC = pulse_internal.amount_total_combine,
	SERIALFUNC = pulse_internal.amount_total_serialize,
	DESERIALFUNC = pulse_internal.amount_total_deserialize,
	MSFUNC = pulse_internal.amount_total_add,
	MINVFUNC = pulse_internal.amount_total_remove,
	MSTYPE = internal,
	MSSPACE = 48,
	MFINALFUNC = pulse_internal.amount_sum,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE pulse.sum(pulse.amount) IS
'Sum of amounts in one currency; NULLs are left out, NULL without rows. Errors: SP101 two currencies (see bag_sum), 22003 the sum is out of range.';

CREATE OR REPLACE AGGREGATE pulse.avg(pulse.amount) (
	SFUNC = pulse_internal.amount_total_add,
	STYPE = internal,
	SSPACE = 48,
	FINALFUNC = pulse_internal.amount_avg,
	COMBINEFUNC = pulse_internal.amount_total_combine,
	SERIALFUNC = pulse_internal.amount_total_serialize,
	DESERIALFUNC = pulse_internal.amount_total_deserialize,
	MSFUNC = pulse_internal.amount_total_add,
	MINVFUNC = pulse_internal.amount_total_remove,
	MSTYPE = internal,
	MSSPACE = 48,
	MFINALFUNC = pulse_internal.amount_avg,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE pulse.avg(pulse.amount) IS
'Mean of amounts in one currency, rounded to minor units half away from zero; NULLs are left out, NULL without rows. Error SP101: two currencies.';

CREATE OR REPLACE AGGREGATE pulse.max(pulse.amount) (
	SFUNC = pulse_internal.amount_larger,
	STYPE = pulse.amount,
	COMBINEFUNC = pulse_internal.amount_larger,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE pulse.max(pulse.amount) IS
'Greatest of amounts in one currency; NULLs are left out, NULL without rows. Error SP101: two currencies (group by pulse.currency(amount)).';

CREATE OR REPLACE AGGREGATE pulse.min(pulse.amount) (
	SFUNC = pulse_internal.amount_smaller,
	STYPE = pulse.amount,
	COMBINEFUNC = pulse_internal.amount_smaller,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE pulse.min(pulse.amount) IS
'Least of amounts in one currency; NULLs are left out, NULL without rows. Error SP101: two currencies (group by pulse.currency(amount)).';
