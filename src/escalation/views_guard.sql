-- ---- escalation: firings that do not act, or not yet ----------------------------------

-- what is only recorded: shadow rules, steps overtaken by a later one, cases that people closed
CREATE OR REPLACE FUNCTION pulse_internal.pass_over_firings() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	-- LIMIT: by index, whatever the planner thinks; else it reads all cases there ever were
	UPDATE pulse_internal.firing AS f SET released_at = pulse.clock()
	WHERE f.released_at IS NULL
	  AND (f.mode <> 'live' OR f.superseded
		   OR (SELECT c.state IN ('resolved', 'expired') FROM pulse_internal.cases AS c WHERE c.wait_id = f.wait_id LIMIT 1)
		   -- what waited for a delivery, and has been answered meanwhile
		   OR f.withheld IS NOT NULL AND (SELECT w.end_reason NOT IN ('completed', 'ended') FROM pulse_internal.wait AS w
											 WHERE w.key = f.key AND w.rule_id = f.rule_id AND w.wait_id = f.wait_id LIMIT 1)
		   OR NOT EXISTS (SELECT FROM pulse_internal.rule AS r WHERE r.rule_id = f.rule_id));
END;
REVOKE ALL ON FUNCTION pulse_internal.pass_over_firings() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.pass_over_firings() TO pulse_owner;

-- Does a step that comes WHEN DELIVERED have to wait: for an earlier step that waits itself;
-- for an earlier message whose fate is not known (sent, and no receipt within a day, is as
-- good as delivered: many channels send none); or, where the earlier step acted late, until
-- as much time has passed since as lies between the two? So it comes step by step, also
-- after an outage.
CREATE OR REPLACE FUNCTION pulse_internal.awaits_delivery(wait_id bigint, step int, due_at timestamptz) RETURNS boolean
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT EXISTS (
		SELECT FROM pulse_internal.firing AS e
		WHERE e.wait_id = awaits_delivery.wait_id AND e.step < awaits_delivery.step AND e.released_at IS NULL)
	OR EXISTS (
		SELECT FROM pulse_internal.cases AS c
		JOIN pulse_internal.message AS m ON m.case_id = c.case_id OR m.together @> ARRAY[c.case_id]
		LEFT JOIN pulse_internal.delivery AS d ON d.message_id = m.message_id
		WHERE c.wait_id = awaits_delivery.wait_id AND m.step < awaits_delivery.step
		  AND (d.state IS NULL OR d.state IN ('sent', 'unknown') AND m.created_at > pulse.clock() - interval '1 day'))
	OR EXISTS (
		SELECT FROM (SELECT e.due_at, e.released_at FROM pulse_internal.firing AS e
					 WHERE e.wait_id = awaits_delivery.wait_id AND e.step < awaits_delivery.step AND NOT e.superseded AND e.withheld IS NULL
					 ORDER BY e.step DESC, e.repetition DESC LIMIT 1) AS p
		WHERE CASE WHEN pulse.day_of(awaits_delivery.due_at) > pulse.day_of(p.due_at)
			THEN pulse.day_of(pulse.clock()) - pulse.day_of(p.released_at) < pulse.day_of(awaits_delivery.due_at) - pulse.day_of(p.due_at)
			ELSE pulse.clock() - p.released_at < awaits_delivery.due_at - p.due_at END);
END;
REVOKE ALL ON FUNCTION pulse_internal.awaits_delivery(bigint, int, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.awaits_delivery(bigint, int, timestamptz) TO pulse_owner;

-- What a step asks of its case, by what is known now: acknowledged, tasks done. Not delivered: it
-- stays unreleased, and is asked again.
CREATE OR REPLACE FUNCTION pulse_internal.guard_firings() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	WITH asked AS MATERIALIZED (
		SELECT f.firing_id, f.wait_id, f.step, f.withheld AS before,
			   CASE f.guard
				   WHEN 'UNLESS ACKNOWLEDGED' THEN
					   (SELECT 'acknowledged' FROM pulse_internal.cases AS c
						WHERE c.wait_id = f.wait_id AND c.acknowledged_at IS NOT NULL)
				   WHEN 'UNLESS DONE' THEN
					   (SELECT 'done' FROM pulse_internal.task AS t, pulse_internal.cases AS c
						WHERE c.wait_id = f.wait_id AND (t.case_id = c.case_id OR t.together @> ARRAY[c.case_id])
						HAVING bool_and(t.state <> 'open'))
				   WHEN 'WHEN DELIVERED' THEN
					   CASE WHEN pulse_internal.awaits_delivery(f.wait_id, f.step, f.due_at) THEN 'not delivered' END
			   END AS withheld
		FROM pulse_internal.firing AS f
		WHERE f.released_at IS NULL AND f.guard IS NOT NULL AND f.withheld IS DISTINCT FROM 'digest'
	), noted AS (
		INSERT INTO pulse_internal.case_event (case_id, at, what, step, detail)
		SELECT c.case_id, pulse.clock(), CASE a.withheld WHEN 'not delivered' THEN 'waiting' ELSE 'withheld' END, a.step, a.withheld
		FROM asked AS a JOIN pulse_internal.cases AS c ON c.wait_id = a.wait_id
		WHERE a.withheld <> coalesce(a.before, '') ORDER BY a.firing_id
	)
	UPDATE pulse_internal.firing AS f
	SET released_at = CASE WHEN a.withheld <> 'not delivered' THEN pulse.clock() END, withheld = a.withheld
	FROM asked AS a WHERE f.firing_id = a.firing_id AND a.withheld IS DISTINCT FROM a.before;
END;
REVOKE ALL ON FUNCTION pulse_internal.guard_firings() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.guard_firings() TO pulse_owner;
