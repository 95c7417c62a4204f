-- ---- rule: waits, firings and counters, to look at --------------------------------

GRANT SELECT ON pulse_internal.wait, pulse_internal.firing, pulse_internal.rule_stat
	TO pulse_admin, pulse_author, pulse_analyst;
GRANT SELECT ON pulse_internal.rule TO pulse_admin, pulse_analyst;
SELECT pulse_internal.grant_without('pulse_internal.rule', 'reason', '{pulse_author,pulse_app,pg_monitor}');
GRANT SELECT ON pulse_internal.event_kind TO pulse_admin, pulse_author, pulse_analyst;
GRANT SELECT ON pulse_internal.rule_stat, pulse_internal.wait TO pg_monitor;

CREATE OR REPLACE VIEW pulse.firings WITH (security_invoker = true) AS
	SELECT f.firing_id, coalesce(r.name, f.evidence ->> 'rule') AS rule, f.key_name, f.key, f.step + 1 AS step, nullif(f.repetition, 0) AS repetition, f.due_at, f.swept_at, f.released_at,
		f.superseded, f.late_answer_at, f.mode, f.guard, f.withheld, k.name AS trigger_event, f.trigger_event AS trigger_id, f.wait_id, f.evidence, f.version
	FROM pulse_internal.firing AS f
	LEFT JOIN pulse_internal.rule AS r ON r.rule_id = f.rule_id
	LEFT JOIN pulse_internal.event_kind AS k ON k.kind_id = f.trigger_kind;
COMMENT ON VIEW pulse.firings IS
'Steps of rules that came due: rule (its name now, or, dropped since, then), what they are about (key_name, key), step (from 1), repetition (from 1; NULL: the step does not repeat), three moments: due_at (true due time), swept_at (a sweep saw it), released_at (it was acted on; NULL: not yet); superseded (recorded, but did nothing: a later step or the end of the wait was learnt of in the same sweep), late_answer_at (instant of an answer that was in time but was learnt of too late to prevent it), mode of the rule then (shadow sends nothing), guard (what the step asks of its case, such as UNLESS ACKNOWLEDGED) and withheld (acknowledged, done, not delivered: why it therefore did nothing), the event that opened the wait, evidence as jsonb, version of the rule that fired (see pulse.rule_versions; NULL: from before versions were kept). pulse.why(firing_id) says it in sentences.';
GRANT SELECT ON pulse.firings TO pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE VIEW pulse.waits WITH (security_invoker = true) AS
	SELECT w.wait_id, r.name AS rule, r.mode, r.key_name, w.key, k.name AS trigger_event, w.opened_at,
		coalesce(CASE WHEN w.first_due IS NOT NULL THEN u.name END, a.name, u.name) AS waits_for,
		CASE WHEN w.due_at IS NOT NULL THEN w.next_step + 1 END AS next_step, w.repetition AS repeated, w.due_at, w.first_due IS NOT NULL AS fired, w.end_reason, w.ended_at
	FROM pulse_internal.wait AS w
	JOIN pulse_internal.rule AS r ON r.rule_id = w.rule_id
	LEFT JOIN pulse_internal.event_kind AS k ON k.kind_id = w.trigger_kind
	LEFT JOIN pulse_internal.event_kind AS a ON a.kind_id = r.absent_kind
	LEFT JOIN pulse_internal.event_kind AS u ON u.kind_id = r.until_kind;
COMMENT ON VIEW pulse.waits IS
'Open instances of rules, one per key (or per event, where the rule says EACH TIME): the event that opened it and when, waits_for (the event that would end it), next_step (from 1), repeated (how often it has come already, where it repeats) and due_at, its instant (step and instant NULL: all steps are done, it only waits for its end), fired (a step has come due). end_reason and ended_at: ended, and its case is not closed yet.';
GRANT SELECT ON pulse.waits TO pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE FUNCTION pulse.waiting(key text) RETURNS TABLE (rule text, key_name text, trigger_event text,
		opened_at timestamptz, waits_for text, next_step int, due_at timestamptz, mode text)
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT w.rule, w.key_name, w.trigger_event, w.opened_at, w.waits_for, w.next_step, w.due_at, w.mode
	FROM pulse.waits AS w
	WHERE w.key = waiting.key AND w.end_reason IS NULL
	ORDER BY w.due_at NULLS LAST, w.rule;
END;
REVOKE ALL ON FUNCTION pulse.waiting(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.waiting(text) TO pulse_admin, pulse_author, pulse_analyst;
COMMENT ON FUNCTION pulse.waiting(text) IS
'What is waiting for a key, in any rule: since which event, for which event, and what comes next until when. The key is compared by its text, whatever column it comes from. No rows: nothing waits.';

CREATE OR REPLACE VIEW pulse.stat_rules WITH (security_invoker = true) AS
	SELECT r.name AS rule, r.mode, r.state, CASE WHEN r.state <> 'ok' THEN pulse_internal.shown_reason('rule', r.rule_id::text) END AS reason,
		coalesce(s.events, 0) AS events, coalesce(s.waits, 0) AS waits,
		coalesce(w.open_waits, 0) AS open_waits,
		coalesce(s.firings, 0) AS firings, coalesce(s.superseded, 0) AS superseded,
		coalesce(s.answered, 0) AS answered, coalesce(s.answered_late, 0) AS answered_late,
		s.last_event_at, s.last_firing_at
	FROM pulse_internal.rule AS r
	LEFT JOIN pulse_internal.rule_stat AS s ON s.rule_id = r.rule_id
	LEFT JOIN (SELECT w.rule_id, count(*) AS open_waits FROM pulse_internal.wait AS w
		WHERE w.end_reason IS NULL GROUP BY w.rule_id) AS w ON w.rule_id = r.rule_id;
COMMENT ON VIEW pulse.stat_rules IS
'What each rule has done: events it heard, waits it opened (open_waits: still open), firings (superseded: of these, recorded only), waits that were answered or ended by UNTIL, and answered_late (in time, but learnt of after a firing); when it last heard and last fired; state (suspended or broken with its reason).';
GRANT SELECT ON pulse.stat_rules TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE FUNCTION pulse.why_rows(firing bigint) RETURNS TABLE (topic text, name text, value text)
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	SELECT x.topic, x.name, x.value
	FROM pulse.firings AS f,
		LATERAL (SELECT pulse.setting('timezone') AS zone) AS s,
		LATERAL (
			VALUES (1, 0, 'rule', 'name', f.rule), (1, 1, 'rule', 'mode', f.mode),
				(2, 0, 'step', 'number', f.step::text), (2, 3, 'step', 'repetition', f.repetition::text), (2, 4, 'step', 'guard', f.guard), (2, 5, 'step', 'withheld', f.withheld), (2, 1, 'step', 'superseded', f.superseded::text),
				(2, 2, 'step', 'late answer', to_char(f.late_answer_at AT TIME ZONE s.zone, 'YYYY-MM-DD HH24:MI:SS')),
				(3, 0, 'key', f.key_name, f.key),
				(4, 0, 'trigger', 'event', f.trigger_event),
				(6, 0, 'window', 'since', to_char((f.evidence -> 'window' ->> 'since')::timestamptz AT TIME ZONE s.zone, 'YYYY-MM-DD HH24:MI:SS')),
				(6, 1, 'window', 'anchor', to_char((f.evidence ->> 'anchor')::timestamptz AT TIME ZONE s.zone, 'YYYY-MM-DD HH24:MI:SS')),
				(6, 2, 'window', 'until', to_char((f.evidence -> 'window' ->> 'until')::timestamptz AT TIME ZONE s.zone, 'YYYY-MM-DD HH24:MI:SS')),
				(6, 3, 'window', 'not found', f.evidence -> 'window' ->> 'event'),
				(7, 0, 'calendar', 'name', f.evidence ->> 'calendar'),
				(8, 0, 'moment', 'due', to_char(f.due_at AT TIME ZONE s.zone, 'YYYY-MM-DD HH24:MI:SS')),
				(8, 1, 'moment', 'swept', to_char(f.swept_at AT TIME ZONE s.zone, 'YYYY-MM-DD HH24:MI:SS')),
				(8, 2, 'moment', 'released', to_char(f.released_at AT TIME ZONE s.zone, 'YYYY-MM-DD HH24:MI:SS'))
			UNION ALL
			SELECT 5, t.place, 'trigger', t.name, t.value
			FROM pg_catalog.jsonb_each_text(f.evidence -> 'trigger') WITH ORDINALITY AS t(name, value, place)
			UNION ALL
			SELECT 9, t.place, 'told', coalesce(t.one ->> 'role', ''),
				concat_ws(', ', 'staff ' || (t.one ->> 'staff'), t.one ->> 'channel', t.one ->> 'found_by', 'deputy of ' || (t.one ->> 'instead_of'))
			FROM pg_catalog.jsonb_array_elements(f.evidence -> 'told') WITH ORDINALITY AS t(one, place)
		) AS x(part, place, topic, name, value)
	WHERE f.firing_id = why_rows.firing AND x.value IS NOT NULL
		AND (x.topic <> 'window' OR f.evidence ? 'window')
	ORDER BY x.part, x.place;
END;
REVOKE ALL ON FUNCTION pulse.why_rows(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.why_rows(bigint) TO pulse_admin, pulse_author, pulse_analyst;
COMMENT ON FUNCTION pulse.why_rows(bigint) IS
'A firing explained as rows (topic, name, value as text): rule, step, key, the trigger''s row, the window searched and the event not found in it, the calendar used, the three moments in the business time zone, and whom it told as whom. No rows: there is no such firing.';
