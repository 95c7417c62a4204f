-- ---- escalation: what is old goes ----------------------------------------------------------

-- A slice of what is older than the settings say and of no more use: messages that are
-- done and of no open case, closed cases with their history and tasks, firings of waits
-- that are over.  Called each hour: so a large backlog goes in slices of bounded time.
-- Nothing is looked for while not even the first of its kind is so old.
CREATE OR REPLACE FUNCTION pulse_internal.forget_old(slice int DEFAULT 20000) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	WITH old AS MATERIALIZED (
		SELECT m.message_id FROM pulse_internal.message AS m
		WHERE (SELECT f.created_at FROM pulse_internal.message AS f ORDER BY f.message_id LIMIT 1)
			  < (SELECT pulse.clock() - pulse.setting('keep_messages')::interval)
		  AND m.created_at < (SELECT pulse.clock() - pulse.setting('keep_messages')::interval)
		  AND NOT EXISTS (SELECT FROM pulse_internal.queue AS q WHERE q.message_id = m.message_id)
		  AND NOT EXISTS (SELECT FROM pulse_internal.cases AS c
						  WHERE (c.case_id = m.case_id OR c.case_id = ANY (m.together)) AND c.state IN ('open', 'acknowledged'))
		LIMIT forget_old.slice
	), ended AS (
		DELETE FROM pulse_internal.delivery AS d WHERE d.message_id IN (SELECT o.message_id FROM old AS o)
	)
	DELETE FROM pulse_internal.message AS m WHERE m.message_id IN (SELECT o.message_id FROM old AS o);

	WITH gone AS (
		DELETE FROM pulse_internal.cases AS c
		WHERE c.case_id IN (
			SELECT x.case_id FROM pulse_internal.cases AS x
			WHERE (SELECT f.opened_at FROM pulse_internal.cases AS f ORDER BY f.case_id LIMIT 1)
				  < (SELECT pulse.clock() - pulse.setting('keep_cases')::interval)
			  AND x.closed_at < (SELECT pulse.clock() - pulse.setting('keep_cases')::interval)
			  AND x.state IN ('resolved', 'expired')
			  AND NOT EXISTS (SELECT FROM pulse_internal.wait AS w WHERE w.key = x.key AND w.rule_id = x.rule_id AND w.wait_id = x.wait_id)
			  AND NOT EXISTS (SELECT FROM pulse_internal.message AS m WHERE m.case_id = x.case_id)
			LIMIT forget_old.slice)
		RETURNING c.case_id
	)
	DELETE FROM pulse_internal.case_event AS e WHERE e.case_id IN (SELECT g.case_id FROM gone AS g);

	DELETE FROM pulse_internal.firing AS f
	WHERE f.firing_id IN (
		SELECT x.firing_id FROM pulse_internal.firing AS x
		WHERE (SELECT f.swept_at FROM pulse_internal.firing AS f ORDER BY f.firing_id LIMIT 1)
			  < (SELECT pulse.clock() - pulse.setting('keep_firings')::interval)
		  AND x.swept_at < (SELECT pulse.clock() - pulse.setting('keep_firings')::interval)
		  AND x.released_at IS NOT NULL
		  AND NOT EXISTS (SELECT FROM pulse_internal.wait AS w WHERE w.key = x.key AND w.rule_id = x.rule_id AND w.wait_id = x.wait_id)
		  AND NOT EXISTS (SELECT FROM pulse_internal.cases AS c WHERE c.wait_id = x.wait_id)
		LIMIT forget_old.slice);

	DELETE FROM pulse_internal.channel_use AS u
	WHERE u.last_at < clock_timestamp() - coalesce((SELECT max(l.span) FROM pulse_internal.channel_limit AS l
													WHERE l.channel = u.channel), interval '0');
END;
REVOKE ALL ON FUNCTION pulse_internal.forget_old(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.forget_old(int) TO pulse_owner;
