-- ---- care: when a parent will turn -------------------------------------------------------

CREATE OR REPLACE AGGREGATE pulse_internal.parent_turn(bands text, model text, version integer, inputs jsonb, weight numeric, set_score numeric,
		set_until timestamptz, since timestamptz, until timestamptz) (
	SFUNC = pulse_internal.parent_turn_add, STYPE = internal, SSPACE = 65536,
	FINALFUNC = pulse_internal.parent_turn, FINALFUNC_MODIFY = read_write
);
REVOKE ALL ON FUNCTION pulse_internal.parent_turn(text, text, integer, jsonb, numeric, numeric, timestamptz, timestamptz, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.parent_turn(text, text, integer, jsonb, numeric, numeric, timestamptz, timestamptz, timestamptz)
	TO pulse_admin, pulse_author, pulse_analyst, pulse_app;
