-- ---- escalation: what ends --------------------------------------------------------------

-- What is to be withdrawn and no worker has, or had and did not answer in time.
CREATE OR REPLACE FUNCTION pulse_internal.withdraw_messages() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	WITH taken AS (
		DELETE FROM pulse_internal.queue AS q
		WHERE q.withdraw AND (NOT q.claimed OR q.held_until <= (SELECT clock_timestamp()))
		RETURNING q.*
	)
	INSERT INTO pulse_internal.delivery (message_id, changed_at, lease_token, attempt, state, worker, last_error)
	SELECT t.message_id, clock_timestamp(), t.lease_token, t.attempt, 'withdrawn', t.worker, t.last_error FROM taken AS t;
END;
REVOKE ALL ON FUNCTION pulse_internal.withdraw_messages() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.withdraw_messages() TO pulse_owner;

-- Closes cases that stand open: messages that no worker has are withdrawn,
-- others when their worker fails or is lost; tasks are closed.
CREATE OR REPLACE FUNCTION pulse_internal.close_cases(case_ids bigint[], new_state text, reason text, late boolean,
		actor text) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_close_cases';
REVOKE ALL ON FUNCTION pulse_internal.close_cases(bigint[], text, text, boolean, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.close_cases(bigint[], text, text, boolean, text) TO pulse_owner;

-- A case whose rule has no more to say stands open for those it was told to, until they
-- resolve it, it is passed over by the next one about its key (supersede_cases), or is too
-- old (expire_unanswered).
CREATE OR REPLACE FUNCTION pulse_internal.standing_rules() RETURNS TABLE (rule_id int, takes_place boolean)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT r.rule_id, pulse_internal.takes_place(r.rule)
	FROM pulse_internal.rule AS r
	WHERE r.rule_id IN (SELECT w.rule_id FROM pulse_internal.wait AS w WHERE w.end_reason = 'completed')
	  AND EXISTS (SELECT FROM pulse_internal.rule_action AS a WHERE a.rule_id = r.rule_id AND a.role IS NOT NULL)
	  AND NOT EXISTS (SELECT FROM pulse_internal.rule_schedule AS s WHERE s.rule_id = r.rule_id);
END;
REVOKE ALL ON FUNCTION pulse_internal.standing_rules() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.standing_rules() TO pulse_owner;

-- Ended waits resolve their cases.  A ladder that nothing could end leaves its case to
-- people, if it told anybody; what by the time it is over is no longer the latest about
-- its key, or was ended with its rule, expires.
CREATE OR REPLACE FUNCTION pulse_internal.settle_waits() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
BEGIN ATOMIC
	SELECT pulse_internal.close_cases(array_agg(c.case_id ORDER BY c.case_id), 'resolved', w.end_reason,
									  w.end_reason = 'answered_late', NULL)
	-- OFFSET 0, and the array below: from the few that ended to their cases, whatever the planner thinks there are
	FROM pulse_internal.wait AS w
		 CROSS JOIN LATERAL (SELECT x.case_id FROM pulse_internal.cases AS x WHERE x.wait_id = w.wait_id OFFSET 0) AS c
	WHERE w.end_reason IN ('answered', 'until', 'answered_late', 'moved', 'cleared')
	GROUP BY w.end_reason ORDER BY w.end_reason;

	WITH standing AS MATERIALIZED (
		SELECT s.rule_id, s.takes_place FROM pulse_internal.standing_rules() AS s
	), over AS MATERIALIZED (
		SELECT c.case_id,
			   CASE WHEN w.end_reason = 'ended' THEN 'ended with its rule'
					WHEN s.rule_id IS NULL THEN 'completed'
					-- by then it has fired again about the same key
					WHEN s.takes_place AND EXISTS (
						SELECT FROM pulse_internal.wait AS n
						WHERE n.key = w.key AND n.rule_id = w.rule_id AND n.wait_id > w.wait_id AND n.first_due IS NOT NULL)
						THEN 'superseded' END AS reason
		FROM pulse_internal.wait AS w
			 CROSS JOIN LATERAL (SELECT x.case_id FROM pulse_internal.cases AS x WHERE x.wait_id = w.wait_id OFFSET 0) AS c
			 LEFT JOIN standing AS s ON s.rule_id = w.rule_id
		WHERE w.end_reason IN ('completed', 'ended')
		  AND NOT EXISTS (SELECT FROM pulse_internal.task AS t
						  WHERE (t.case_id = c.case_id OR t.together @> ARRAY[c.case_id]) AND t.state = 'open')
		  AND NOT EXISTS (SELECT FROM pulse_internal.firing AS f WHERE f.wait_id = w.wait_id AND f.released_at IS NULL)
	)
	SELECT pulse_internal.close_cases(array_agg(o.case_id ORDER BY o.case_id), 'expired', o.reason, false, NULL)
	FROM over AS o WHERE o.reason IS NOT NULL GROUP BY o.reason ORDER BY o.reason;

	-- one that is complete but for a step that waits for a delivery goes on
	UPDATE pulse_internal.cases AS c
	SET waiting = false, stands_since = CASE WHEN c.state IN ('open', 'acknowledged') THEN pulse.clock() END
	WHERE c.waiting AND c.wait_id = ANY (ARRAY(
		SELECT w.wait_id FROM pulse_internal.wait AS w WHERE w.end_reason IS NOT NULL
		  AND (w.end_reason NOT IN ('completed', 'ended') OR NOT EXISTS (SELECT FROM pulse_internal.firing AS f WHERE f.wait_id = w.wait_id AND f.released_at IS NULL))));
	DELETE FROM pulse_internal.wait AS w WHERE w.end_reason IS NOT NULL
	  AND (w.end_reason NOT IN ('completed', 'ended') OR NOT EXISTS (SELECT FROM pulse_internal.firing AS f WHERE f.wait_id = w.wait_id AND f.released_at IS NULL));
END;
REVOKE ALL ON FUNCTION pulse_internal.settle_waits() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.settle_waits() TO pulse_owner;

-- A rule that nothing but its own steps ends fires again: its case takes the place of the
-- one about the same key that still stands, unless somebody has a task in that.
CREATE OR REPLACE FUNCTION pulse_internal.supersede_cases() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
BEGIN ATOMIC
	WITH succeeding AS MATERIALIZED (
		SELECT r.rule_id FROM pulse_internal.rule AS r
		WHERE r.rule_id IN (SELECT f.rule_id FROM pulse_internal.firing AS f WHERE f.released_at IS NULL AND f.withheld IS NULL AND f.step = 0)
		  AND pulse_internal.takes_place(r.rule)
	)
	SELECT pulse_internal.close_cases(array_agg(DISTINCT c.case_id), 'expired', 'superseded', false, NULL)
	FROM pulse_internal.firing AS f
		 JOIN succeeding AS s ON s.rule_id = f.rule_id
		 CROSS JOIN LATERAL (
			SELECT x.case_id FROM pulse_internal.cases AS x
			WHERE x.rule_id = f.rule_id AND x.key = f.key AND x.stands_since IS NOT NULL AND x.state IN ('open', 'acknowledged')
			  AND x.wait_id < f.wait_id
			  AND NOT EXISTS (SELECT FROM pulse_internal.task AS t
							  WHERE (t.case_id = x.case_id OR t.together @> ARRAY[x.case_id]) AND t.state = 'open')
			OFFSET 0) AS c
	WHERE f.released_at IS NULL AND f.withheld IS NULL AND f.step = 0
	HAVING count(*) > 0;
END;
REVOKE ALL ON FUNCTION pulse_internal.supersede_cases() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.supersede_cases() TO pulse_owner;

-- Firings that the sweep did not act on itself; those that wait are asked again each time.
CREATE OR REPLACE FUNCTION pulse_internal.release_unreleased() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT pulse_internal.wake_digests()
	WHERE EXISTS (SELECT FROM pulse_internal.firing AS f WHERE f.released_at IS NULL AND f.acts_at <= pulse.clock());
	SELECT pulse_internal.pass_over_firings();
	SELECT pulse_internal.guard_firings()
	WHERE EXISTS (SELECT FROM pulse_internal.firing AS f WHERE f.released_at IS NULL AND f.guard IS NOT NULL);
	SELECT pulse_internal.inhibit_firings()
	WHERE EXISTS (SELECT FROM pulse_internal.firing AS f JOIN pulse_internal.rule AS r ON r.rule_id = f.rule_id
				  WHERE f.released_at IS NULL AND r.unless_rule IS NOT NULL);
	SELECT pulse_internal.supersede_cases()
	WHERE EXISTS (SELECT FROM pulse_internal.firing AS f WHERE f.released_at IS NULL AND f.withheld IS NULL AND f.step = 0);
	SELECT pulse_internal.act_on_firings()
	WHERE EXISTS (SELECT FROM pulse_internal.firing AS f WHERE f.released_at IS NULL AND f.withheld IS NULL);
END;
REVOKE ALL ON FUNCTION pulse_internal.release_unreleased() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.release_unreleased() TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.release_firings() RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS 'MODULE_PATHNAME', 'sp_release_firings';
ALTER FUNCTION pulse_internal.release_firings() OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse_internal.release_firings() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.release_firings() TO pulse_admin;
