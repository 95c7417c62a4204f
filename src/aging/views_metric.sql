-- ---- aging: DSO's family, where it is made of others ------------------------------

CREATE OR REPLACE FUNCTION pulse.provision(profile pulse.aging_profile, rates numeric[]) RETURNS numeric
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT sum(m.provision) FROM pulse.provision_matrix(profile, rates) AS m;
END;
COMMENT ON FUNCTION pulse.provision(pulse.aging_profile, numeric[]) IS
'The sum of provision_matrix(profile, rates).provision: each bucket is rounded by itself, so that the rows add up.';

CREATE OR REPLACE AGGREGATE pulse.weighted_days_late(amount numeric, due date, paid date) (
	SFUNC = pulse_internal.days_late_add, STYPE = internal, SSPACE = 128,
	FINALFUNC = pulse_internal.days_late_final, COMBINEFUNC = pulse_internal.aging_combine,
	SERIALFUNC = pulse_internal.aging_serialize, DESERIALFUNC = pulse_internal.aging_deserialize,
	PARALLEL = safe
);
COMMENT ON AGGREGATE pulse.weighted_days_late(numeric, date, date) IS
'Days from due to paid, weighted by amount = sum(amount x (paid - due)) / sum(amount); who pays early counts below zero. For open items give coalesce(paid, as_of). Rows with a null do not count; NULL when none does. Status: ok, no_receivable (amounts add up to zero), negative. Errors: 22008 an infinite date, 22023 NaN or infinite amount, 22003 more than 38 digits.';
