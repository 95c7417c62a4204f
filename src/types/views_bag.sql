-- ---- types: aggregates that make bags ------------------------------------------

CREATE OR REPLACE AGGREGATE pulse.bag_sum(pulse.amount) (
	SFUNC = pulse_internal.bag_tally_add,
	STYPE = internal,
	SSPACE = 256,
	FINALFUNC = pulse_internal.bag_tally_final,
	COMBINEFUNC = pulse_internal.bag_tally_combine,
	SERIALFUNC = pulse_internal.bag_tally_serialize,
	DESERIALFUNC = pulse_internal.bag_tally_deserialize,
	MSFUNC = pulse_internal.bag_tally_add,
	MINVFUNC = pulse_internal.bag_tally_remove,
	MSTYPE = internal,
	MSSPACE = 256,
	MFINALFUNC = pulse_internal.bag_tally_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE pulse.bag_sum(pulse.amount) IS
'One total per currency of amounts, as a bag; NULLs are left out, NULL without rows. It never fails on mixed currencies, nor in practice on range.';

CREATE OR REPLACE AGGREGATE pulse.bag_sum(pulse.bag) (
	SFUNC = pulse_internal.bag_tally_add_bag,
	STYPE = internal,
	SSPACE = 256,
	FINALFUNC = pulse_internal.bag_tally_final,
	COMBINEFUNC = pulse_internal.bag_tally_combine,
	SERIALFUNC = pulse_internal.bag_tally_serialize,
	DESERIALFUNC = pulse_internal.bag_tally_deserialize,
	MSFUNC = pulse_internal.bag_tally_add_bag,
	MINVFUNC = pulse_internal.bag_tally_remove_bag,
	MSTYPE = internal,
	MSSPACE = 256,
	MFINALFUNC = pulse_internal.bag_tally_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE pulse.bag_sum(pulse.bag) IS
'Sum of bags, currency by currency; NULLs are left out, NULL without rows. Error 22003: a total is out of range.';
