-- ---- escalation: acting on firings ---------------------------------------------------------

-- One slice of the rules, of one lane; what needs nobody's leave acts in it. busy: others do all there is to do
CREATE OR REPLACE FUNCTION pulse_internal.sweep_lane(max_events int, OUT events int, OUT firings int, OUT more boolean, OUT busy boolean)
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_sweep_lane';
REVOKE ALL ON FUNCTION pulse_internal.sweep_lane(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.sweep_lane(int) TO pulse_owner;

-- whom the reports of acting firings are for
CREATE OR REPLACE FUNCTION pulse_internal.addressed_reports(OUT firing_id bigint, OUT action int, OUT role text, OUT title text,
		OUT found_by text, OUT staff text, OUT name text, OUT channel text, OUT recipient text, OUT copies text[], OUT language text,
		OUT instead_of text, OUT fallback text) RETURNS SETOF record
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_addressed_reports';
REVOKE ALL ON FUNCTION pulse_internal.addressed_reports() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.addressed_reports() TO pulse_owner;
