-- ---- escalation: the trigger of gates -------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.gate() RETURNS trigger
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_gate';
REVOKE ALL ON FUNCTION pulse_internal.gate() FROM PUBLIC;
