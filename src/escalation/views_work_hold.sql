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
	FROM pulse_internal.hold_wait AS w
	WHERE w.hold_id = close_hold.hold_id AND t.wait_id = w.wait_id AND t.end_reason IS NULL;
END;
REVOKE ALL ON FUNCTION pulse_internal.close_hold(bigint, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.close_hold(bigint, text, text, text) TO pulse_owner;

-- what an open hold is about, once its reason and author are noted; override: it is closed by that
CREATE OR REPLACE FUNCTION pulse_internal.answer_hold(hold_id bigint, reason text, staff text, valid_until timestamptz, override boolean,
		OUT relation regclass, OUT row_key jsonb, OUT state_column text, OUT wanted text)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT pulse_internal.require(EXISTS (SELECT FROM pulse_internal.hold AS h WHERE h.hold_id = answer_hold.hold_id AND h.state = 'open'),
								  'hold', answer_hold.hold_id::text);
	UPDATE pulse_internal.hold AS h
	SET reason = answer_hold.reason, closed_by = coalesce(answer_hold.staff, session_user::text), valid_until = answer_hold.valid_until
	WHERE h.hold_id = answer_hold.hold_id;
	SELECT pulse_internal.close_hold(answer_hold.hold_id, 'overridden', answer_hold.reason, answer_hold.staff) WHERE answer_hold.override;
	SELECT h.relation, h.row_key, g.state_column, h.previous_state
	FROM pulse_internal.hold AS h JOIN pulse_internal.gate AS g ON g.relation = h.relation
	WHERE h.hold_id = answer_hold.hold_id;
END;
ALTER FUNCTION pulse_internal.answer_hold(bigint, text, text, timestamptz, boolean) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse_internal.answer_hold(bigint, text, text, timestamptz, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.answer_hold(bigint, text, text, timestamptz, boolean) TO pulse_admin, pulse_author, pulse_app;

CREATE OR REPLACE FUNCTION pulse_internal.hold_is_closed(hold_id bigint) RETURNS boolean
	LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	RETURN (SELECT h.state <> 'open' FROM pulse_internal.hold AS h WHERE h.hold_id = hold_is_closed.hold_id);
ALTER FUNCTION pulse_internal.hold_is_closed(bigint) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse_internal.hold_is_closed(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.hold_is_closed(bigint) TO pulse_admin, pulse_author, pulse_app;

-- writes the row as it wanted to be, with the caller's rights: the gate judges it again
CREATE OR REPLACE FUNCTION pulse_internal.try_row(relation regclass, row_key jsonb, state_column text, wanted text) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	EXECUTE format('UPDATE %s SET %I = %L WHERE %s', relation, state_column, wanted,
				   (SELECT string_agg(format('%I = %L', k.key, k.value), ' AND ') FROM jsonb_each_text(row_key) AS k));
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.try_row(regclass, jsonb, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.try_row(regclass, jsonb, text, text) TO pulse_admin, pulse_author, pulse_app;

CREATE OR REPLACE FUNCTION pulse.release_hold(hold_id bigint, reason text DEFAULT NULL, staff text DEFAULT NULL) RETURNS boolean
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT pulse_internal.try_row(a.relation, a.row_key, a.state_column, a.wanted)
	FROM pulse_internal.answer_hold(release_hold.hold_id, release_hold.reason, release_hold.staff, NULL, false) AS a;
	SELECT pulse_internal.hold_is_closed(release_hold.hold_id);
END;
REVOKE ALL ON FUNCTION pulse.release_hold(bigint, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.release_hold(bigint, text, text) TO pulse_admin, pulse_author, pulse_app;
COMMENT ON FUNCTION pulse.release_hold(bigint, text, text) IS
'Tries a held row again, with your rights to update it: it becomes what it wanted to be if nothing speaks against it any more. True: it passed, and its hold is released; false: it is still held. Errors: SP612 no open hold of that number, 42501.';

CREATE OR REPLACE FUNCTION pulse.override_hold(hold_id bigint, reason text, staff text DEFAULT NULL, valid_until timestamptz DEFAULT NULL)
	RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF coalesce(reason, '') = '' THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'an override needs a reason',
			DETAIL = 'Somebody answers for what the rules speak against.',
			HINT = 'Type pulse.override_hold(7, ''agreed with the customer on the phone'').';
	END IF;
	PERFORM pulse_internal.try_row(a.relation, a.row_key, a.state_column, a.wanted)
	FROM pulse_internal.answer_hold(override_hold.hold_id, override_hold.reason, override_hold.staff, override_hold.valid_until, true) AS a;
END
$$;
REVOKE ALL ON FUNCTION pulse.override_hold(bigint, text, text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.override_hold(bigint, text, text, timestamptz) TO pulse_admin, pulse_author, pulse_app;
COMMENT ON FUNCTION pulse.override_hold(bigint, text, text, timestamptz) IS
'Lets a held row pass although rules speak against it, with your rights to update it: by whom (staff; default: the session''s user), why, and until when the same rules let it pass; after that they judge it again when it is written. Errors: SP612 no open hold of that number, 22023 no reason, 42501.';
