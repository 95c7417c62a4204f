-- ---- escalation: cases that nobody answers -------------------------------------------------

-- A slice of cases that have stood for longer than the setting says since their rule had no
-- more to say, somebody acknowledged or snoozed them; where somebody has a task they stand on.
CREATE OR REPLACE FUNCTION pulse_internal.expire_unanswered(slice int DEFAULT 20000) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
	SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
BEGIN ATOMIC
	SELECT pulse_internal.close_cases(array_agg(u.case_id ORDER BY u.case_id), 'expired', 'not resolved', false, NULL)
	FROM (SELECT c.case_id FROM pulse_internal.cases AS c
		  WHERE c.stands_since < (SELECT pulse.clock() - pulse.setting('expire_cases')::interval)
			AND c.state IN ('open', 'acknowledged')
			AND coalesce(greatest(c.acknowledged_at, c.snoozed_until), '-infinity')
				< (SELECT pulse.clock() - pulse.setting('expire_cases')::interval)
			AND NOT EXISTS (SELECT FROM pulse_internal.task AS t
							WHERE (t.case_id = c.case_id OR t.together @> ARRAY[c.case_id]) AND t.state = 'open')
		  ORDER BY c.stands_since LIMIT expire_unanswered.slice) AS u
	HAVING count(*) > 0;
END;
REVOKE ALL ON FUNCTION pulse_internal.expire_unanswered(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.expire_unanswered(int) TO pulse_owner;
