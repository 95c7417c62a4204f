-- ---- aging: a profile times a number ------------------------------------------------

CREATE OPERATOR pulse.* (LEFTARG = pulse.aging_profile, RIGHTARG = numeric, FUNCTION = pulse_internal.aging_profile_scale);
COMMENT ON OPERATOR pulse.* (pulse.aging_profile, numeric) IS 'every figure times a number: of a currency rounded to its digits, half away from zero; of plain numbers exactly';
