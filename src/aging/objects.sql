-- ---- aging: the profile type, complete ------------------------------------------

CREATE TYPE pulse.aging_profile (
	INPUT = pulse_internal.aging_profile_in,
	OUTPUT = pulse_internal.aging_profile_out,
	RECEIVE = pulse_internal.aging_profile_recv,
	SEND = pulse_internal.aging_profile_send,
	STORAGE = extended,
	ALIGNMENT = int4
);
COMMENT ON TYPE pulse.aging_profile IS
'Open amounts by days past due, as of a day, in one currency or as plain numbers: not_due, the buckets, credits (a figure that the rule does without is not there). Text: 2026-06-30 CNY not_due 100.00, 1-30 20.00, 31+ 5.00, credits 0.00';

CREATE OPERATOR pulse.= (
	LEFTARG = pulse.aging_profile, RIGHTARG = pulse.aging_profile, FUNCTION = pulse_internal.aging_profile_eq,
	COMMUTATOR = OPERATOR(pulse.=), NEGATOR = OPERATOR(pulse.<>), HASHES, RESTRICT = eqsel, JOIN = eqjoinsel
);
CREATE OPERATOR pulse.<> (
	LEFTARG = pulse.aging_profile, RIGHTARG = pulse.aging_profile, FUNCTION = pulse_internal.aging_profile_ne,
	COMMUTATOR = OPERATOR(pulse.<>), NEGATOR = OPERATOR(pulse.=), RESTRICT = neqsel, JOIN = neqjoinsel
);
CREATE OPERATOR pulse.+ (
	LEFTARG = pulse.aging_profile, RIGHTARG = pulse.aging_profile, FUNCTION = pulse_internal.aging_profile_add,
	COMMUTATOR = OPERATOR(pulse.+)
);
CREATE OPERATOR pulse.- (
	LEFTARG = pulse.aging_profile, RIGHTARG = pulse.aging_profile, FUNCTION = pulse_internal.aging_profile_subtract
);
CREATE OPERATOR pulse.- (RIGHTARG = pulse.aging_profile, FUNCTION = pulse_internal.aging_profile_negate);
COMMENT ON OPERATOR pulse.- (pulse.aging_profile, pulse.aging_profile) IS 'subtract figure by figure';
COMMENT ON OPERATOR pulse.- (NONE, pulse.aging_profile) IS 'every figure with the other sign';
COMMENT ON OPERATOR pulse.= (pulse.aging_profile, pulse.aging_profile) IS 'equal in day, edges, currency and figures';
COMMENT ON OPERATOR pulse.<> (pulse.aging_profile, pulse.aging_profile) IS 'not equal';
COMMENT ON OPERATOR pulse.+ (pulse.aging_profile, pulse.aging_profile) IS 'add figure by figure';

CREATE OPERATOR CLASS pulse.aging_profile_ops DEFAULT FOR TYPE pulse.aging_profile USING hash AS
	OPERATOR 1 pulse.=,
	FUNCTION 1 pulse_internal.aging_profile_hash(pulse.aging_profile);
COMMENT ON OPERATOR CLASS pulse.aging_profile_ops USING hash IS 'lets profiles be grouped and compared as sets';

CREATE CAST (pulse.aging_profile AS json) WITH FUNCTION pulse.to_json(pulse.aging_profile);
CREATE CAST (pulse.aging_profile AS jsonb) WITH FUNCTION pulse.to_jsonb(pulse.aging_profile);
COMMENT ON CAST (pulse.aging_profile AS json) IS 'see pulse.to_json(profile); the server''s own to_json() uses it';
COMMENT ON CAST (pulse.aging_profile AS jsonb) IS 'see pulse.to_jsonb(profile)';
