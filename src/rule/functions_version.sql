-- ---- rule: versions and their differences ------------------------------------------

CREATE OR REPLACE FUNCTION pulse.rule_diff(name text, from_version int, to_version int, lang text DEFAULT NULL,
		OUT part int, OUT change text, OUT words text) RETURNS SETOF record
	LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'sp_rule_diff';
REVOKE ALL ON FUNCTION pulse.rule_diff(text, int, int, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.rule_diff(text, int, int, text) TO pulse_admin, pulse_author, pulse_analyst;
COMMENT ON FUNCTION pulse.rule_diff(text, int, int, text) IS
'What changed between two versions of a rule: its canonical sentences in ''en'' or ''zh'' (NULL: setting "language") compared word by word, as parts in order, each same, removed or added. One row ''same'': nothing but the wording changed. Errors: SP504 no such rule or version, 22023 another language.';

-- What alter_rule does for the tick, which may change any rule: the words as they were meant when they were written.
CREATE OR REPLACE FUNCTION pulse_internal.alter_rule_now(name text, sentence text, running text, language text, name_form text) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'rule_change_now';
REVOKE ALL ON FUNCTION pulse_internal.alter_rule_now(text, text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.alter_rule_now(text, text, text, text, text) TO pulse_owner;

-- Changes whose day has come.  One that can't be made says why and is not tried again.
CREATE OR REPLACE FUNCTION pulse_internal.apply_rule_changes() RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	due record;
	message text;
BEGIN
	FOR due IN
		SELECT c.*, r.name FROM pulse_internal.rule_change AS c JOIN pulse_internal.rule AS r ON r.rule_id = c.rule_id
		WHERE c.active_from <= pulse.clock() AND c.failure IS NULL ORDER BY c.active_from, c.rule_id
	LOOP
		BEGIN
			PERFORM pulse_internal.alter_rule_now(due.name, due.sentence, due.running, due.language, due.rule::text);
			UPDATE pulse_internal.rule_version AS v SET changed_by = due.changed_by
			FROM pulse_internal.rule AS r
			WHERE r.rule_id = due.rule_id AND v.rule_id = due.rule_id AND v.version = r.version;
			DELETE FROM pulse_internal.rule_change AS c WHERE c.rule_id = due.rule_id;
		EXCEPTION WHEN others THEN
			GET STACKED DIAGNOSTICS message = MESSAGE_TEXT;
			UPDATE pulse_internal.rule_change AS c SET failure = message WHERE c.rule_id = due.rule_id;
		END;
	END LOOP;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.apply_rule_changes() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.apply_rule_changes() TO pulse_owner;

-- What a change would do to open waits: it is made, looked at, and undone.
CREATE OR REPLACE FUNCTION pulse.preview_rule_change(rule text, sentence text, running text DEFAULT 'keep')
	RETURNS TABLE (wait_id bigint, key text, opened_at timestamptz, fired boolean, outcome text,
				   step_before int, due_before timestamptz, step_after int, due_after timestamptz)
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	id int := (SELECT r.rule_id FROM pulse_internal.rule AS r WHERE r.name = preview_rule_change.rule);
	before pulse_internal.wait[];
	after pulse_internal.wait[];
	last_firing bigint := (SELECT max(f.firing_id) FROM pulse_internal.firing AS f);
	silent bigint;				-- of what is due already
	firing bigint;
BEGIN
	before := ARRAY(SELECT w FROM pulse_internal.wait AS w WHERE w.rule_id = id AND w.end_reason IS NULL);
	BEGIN
		PERFORM pulse.alter_rule(preview_rule_change.rule, preview_rule_change.sentence, running => preview_rule_change.running);
		after := ARRAY(SELECT w FROM pulse_internal.wait AS w WHERE w.rule_id = id AND w.end_reason IS NULL);
		SELECT l.silent, l.firing INTO silent, firing FROM pulse_internal.overdue_at_look(preview_rule_change.rule) AS l;
		firing := firing + (SELECT count(DISTINCT f.wait_id) FROM pulse_internal.firing AS f WHERE f.rule_id = id AND f.firing_id > coalesce(last_firing, 0));
		silent := silent + (
			SELECT count(*) FROM unnest(after) AS a
			WHERE a.first_due IS NOT NULL AND a.wait_id NOT IN (SELECT b.wait_id FROM unnest(before) AS b)
			  AND NOT EXISTS (SELECT FROM pulse_internal.firing AS f WHERE f.wait_id = a.wait_id));
		RAISE EXCEPTION USING ERRCODE = 'SP599', MESSAGE = 'seen';
	EXCEPTION WHEN SQLSTATE 'SP599' THEN
		NULL;					-- undone
	END;
	IF firing > 0 THEN
		RAISE NOTICE USING MESSAGE = format('waits that are due already and would fire: %s', firing),
			DETAIL = 'They begin anew, or are found by the next look at the relation.',
			HINT = 'Nothing has been changed yet.';
	END IF;
	IF silent > 0 THEN
		RAISE NOTICE USING MESSAGE = format('waits that are due already and would pass in silence: %s', silent),
			DETAIL = 'Their later steps keep their times.',
			HINT = 'Write FIRE PAST before THEN to be told of them.';
	END IF;
	RETURN QUERY
	SELECT b.wait_id, coalesce(b.key, a.key), coalesce(b.opened_at, a.opened_at), b.first_due IS NOT NULL,
		CASE WHEN b.wait_id IS NULL THEN 'opens' WHEN a.wait_id IS NULL THEN 'ends'
			WHEN a.wait_id = b.wait_id THEN 'goes on' ELSE 'begins anew' END,
		CASE WHEN b.due_at IS NOT NULL THEN b.next_step + 1 END, b.due_at,
		CASE WHEN a.due_at IS NOT NULL THEN a.next_step + 1 END, a.due_at
	FROM unnest(before) AS b FULL JOIN unnest(after) AS a ON a.key = b.key AND a.trigger_event = b.trigger_event
	ORDER BY coalesce(b.key, a.key) COLLATE "C", coalesce(b.opened_at, a.opened_at), b.wait_id;
END
$$;
REVOKE ALL ON FUNCTION pulse.preview_rule_change(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.preview_rule_change(text, text, text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.preview_rule_change(text, text, text) IS
'What pulse.alter_rule(rule, sentence, running => ...) would do to each open wait now: outcome goes on, begins anew, ends, or opens (an event that the wait hid counts after all); whether it has fired, and its next step (from 1) and due time before and after. What is due already and would fire, or pass in silence, is counted in notices, also what the next look of a rule about members or states will find. The change is made and undone, so it takes the same locks for a moment. No rows: nothing waits. Errors: those of alter_rule.';

CREATE OR REPLACE FUNCTION pulse.cancel_rule_change(name text) RETURNS boolean
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'rule_cancel_change';
REVOKE ALL ON FUNCTION pulse.cancel_rule_change(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.cancel_rule_change(text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.cancel_rule_change(text) IS
'Takes back the change of a rule that was to take effect later (alter_rule with active_from); whether there was one. Errors: SP504 no such rule, 42501 it belongs to another.';
