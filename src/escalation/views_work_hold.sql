-- ---- escalation: gates and what they hold ---------------------------------------------------

CREATE OR REPLACE VIEW pulse.gates WITH (security_invoker = true) AS
	SELECT coalesce(g.relation, j.relation) AS relation, g.state_column, g.held, g.amount_column AS amount, j.rules
	FROM pulse_internal.gate AS g
	FULL JOIN (SELECT gr.relation, array_agg(r.name ORDER BY r.name) AS rules
			   FROM pulse_internal.gate_rule AS gr JOIN pulse_internal.rule AS r ON r.rule_id = gr.rule_id
			   GROUP BY gr.relation) AS j ON j.relation = g.relation;
COMMENT ON VIEW pulse.gates IS
'Tables whose rows rules judge while they are written: how a row shows that it is held (pulse.create_gate), and the rules (NULL: none runs).';
GRANT SELECT ON pulse_internal.gate, pulse_internal.gate_rule, pulse.gates TO pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE VIEW pulse.holds WITH (security_invoker = true) AS
	SELECT h.hold_id, h.relation, h.row_key, h.key_name, h.key, h.reasons, h.amount, h.state, h.previous_state,
		   h.held_at, h.held_by, h.closed_at, h.closed_by, h.reason, h.valid_until
	FROM pulse_internal.hold AS h;
COMMENT ON VIEW pulse.holds IS
'Rows that rules hold: which row (its primary key), what speaks against it (reasons: the sentences), the amount at risk, since when and by whose statement; state open, released (nothing speaks against it any more) or overridden (closed_by answers for it, with a reason, until valid_until; NULL: for good); previous_state: what the row wanted to be.';
GRANT SELECT ON pulse_internal.hold, pulse.holds TO pulse_admin, pulse_author, pulse_analyst, pulse_app;

-- its cases are resolved, what was not told yet is told no more
CREATE OR REPLACE FUNCTION pulse_internal.close_hold(hold_id bigint, new_state text, reason text, actor text) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE pulse_internal.hold AS h
	SET state = close_hold.new_state, closed_at = pulse.clock(), reason = coalesce(h.reason, close_hold.reason),
		closed_by = coalesce(h.closed_by, close_hold.actor, session_user::text)
	WHERE h.hold_id = close_hold.hold_id AND h.state = 'open';
	SELECT pulse_internal.close_cases(array_agg(c.case_id ORDER BY c.case_id), 'resolved', h.state || ': ' || h.reason, false, h.closed_by)
	FROM pulse_internal.hold AS h
	JOIN pulse_internal.hold_wait AS w ON w.hold_id = h.hold_id
	JOIN pulse_internal.cases AS c ON c.wait_id = w.wait_id
	WHERE h.hold_id = close_hold.hold_id GROUP BY h.hold_id;
	UPDATE pulse_internal.firing AS f SET superseded = true
	FROM pulse_internal.hold_wait AS w
	WHERE w.hold_id = close_hold.hold_id AND f.wait_id = w.wait_id AND f.released_at IS NULL;
	UPDATE pulse_internal.wait AS t SET end_reason = 'completed', ended_at = pulse.clock()
	FROM pulse_internal.hold_wait AS w JOIN pulse_internal.firing AS f ON f.wait_id = w.wait_id
	WHERE w.hold_id = close_hold.hold_id AND t.key = f.key AND t.rule_id = f.rule_id AND t.wait_id = f.wait_id AND t.end_reason IS NULL;
END;
REVOKE ALL ON FUNCTION pulse_internal.close_hold(bigint, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.close_hold(bigint, text, text, text) TO pulse_owner;

-- what somebody said of an open hold; override: it is closed by that. The caller's right to the row is checked where it is
-- called: see hold.c.
CREATE OR REPLACE FUNCTION pulse_internal.answer_hold(hold_id bigint, reason text, staff text, valid_until timestamptz, override boolean)
	RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE pulse_internal.hold AS h
	SET reason = answer_hold.reason, closed_by = coalesce(pulse_internal.check_actor(answer_hold.staff), session_user::text),
		valid_until = answer_hold.valid_until
	WHERE h.hold_id = answer_hold.hold_id;
	SELECT pulse_internal.close_hold(answer_hold.hold_id, 'overridden', answer_hold.reason, NULL) WHERE answer_hold.override;
END;
REVOKE ALL ON FUNCTION pulse_internal.answer_hold(bigint, text, text, timestamptz, boolean) FROM PUBLIC;
ALTER FUNCTION pulse_internal.answer_hold(bigint, text, text, timestamptz, boolean) OWNER TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse.release_hold(hold_id bigint, reason text DEFAULT NULL, staff text DEFAULT NULL) RETURNS boolean
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_release_hold';
REVOKE ALL ON FUNCTION pulse.release_hold(bigint, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.release_hold(bigint, text, text) TO pulse_admin, pulse_author, pulse_app;
COMMENT ON FUNCTION pulse.release_hold(bigint, text, text) IS
'Tries a held row again, as if you had typed the UPDATE: with your right to update it, under its row-level security, and its triggers run as they do then. It becomes what it wanted to be if nothing speaks against it any more. True: it passed, and its hold is released; false: it is still held. Errors: SP612 no open hold of that number, 42501 you may not update the row, or act as somebody else.';

CREATE OR REPLACE FUNCTION pulse.override_hold(hold_id bigint, reason text, staff text DEFAULT NULL, valid_until timestamptz DEFAULT NULL)
	RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_override_hold';
REVOKE ALL ON FUNCTION pulse.override_hold(bigint, text, text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.override_hold(bigint, text, text, timestamptz) TO pulse_admin, pulse_author, pulse_app;
COMMENT ON FUNCTION pulse.override_hold(bigint, text, text, timestamptz) IS
'Lets a held row pass although rules speak against it, as if you had typed the UPDATE (see release_hold): by whom (staff; default: who is asking, else the session''s user), why, and until when the same rules let it pass; after that they judge it again when it is written. Errors: SP612 no open hold of that number, 22023 no reason, 42501 you may not update the row, or act as somebody else.';
