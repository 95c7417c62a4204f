-- ---- escalation: events and functions as actions ------------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.perform_effect(firing_id bigint, action int) RETURNS text
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_perform_effect';
REVOKE ALL ON FUNCTION pulse_internal.perform_effect(bigint, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.perform_effect(bigint, int) TO pulse_owner;

-- in the order of firings and actions; each is noted, also where it failed
CREATE OR REPLACE FUNCTION pulse_internal.perform_effects() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	WITH wanted AS MATERIALIZED (
		SELECT a.firing_id, ra.action, ra.verb, ra.target, a.step, c.case_id
		FROM pulse_internal.acting AS a
		JOIN pulse_internal.rule_action AS ra ON ra.rule_id = a.rule_id AND ra.step = a.step AND ra.verb IN ('emit', 'call')
		JOIN pulse_internal.cases AS c ON c.wait_id = a.wait_id
		ORDER BY a.firing_id, ra.action
	), performed AS MATERIALIZED (
		SELECT w.*, pulse_internal.perform_effect(w.firing_id, w.action) AS failure FROM wanted AS w
	)
	INSERT INTO pulse_internal.case_event (case_id, at, what, step, detail)
	SELECT p.case_id, pulse.clock(), CASE WHEN p.failure IS NULL THEN p.verb ELSE 'failed' END, p.step,
		   p.verb || ' ' || p.target || coalesce(': ' || p.failure, '')
	FROM performed AS p ORDER BY p.firing_id, p.action;
END;
REVOKE ALL ON FUNCTION pulse_internal.perform_effects() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.perform_effects() TO pulse_owner;
