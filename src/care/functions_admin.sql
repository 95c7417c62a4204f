-- ---- care: which health is kept --------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.insert_health_source(model_name text, relation regclass, key_column text, key_name text,
		segment_column text, segments jsonb, capture text, event text, follows text, due text, author oid) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	new_id integer;
	unknown text;
BEGIN
	INSERT INTO pulse_internal.health_source (model_id, relation, key_column, key_name, segment_column, capture, event, author, follows, due_column)
	SELECT m.model_id, insert_health_source.relation, insert_health_source.key_column, insert_health_source.key_name,
		insert_health_source.segment_column, insert_health_source.capture, insert_health_source.event, insert_health_source.author::regrole,
		CASE WHEN insert_health_source.follows IS NOT NULL THEN pulse_internal.stored_source(insert_health_source.follows) END, insert_health_source.due
	FROM pulse_internal.model AS m WHERE m.name = model_name
	ON CONFLICT DO NOTHING RETURNING source_id INTO new_id;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '42710', MESSAGE = format('health by model "%s" is stored already', model_name),
			DETAIL = 'A model is stored for the rows of one table or view.',
			HINT = format('Import the model under another name, or SELECT pulse.forget_health(%L) first.', model_name);
	END IF;
	SELECT s.value INTO unknown FROM jsonb_each_text(segments) AS s
	WHERE NOT EXISTS (SELECT FROM pulse_internal.model AS m WHERE m.name = s.value) LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'SP303', MESSAGE = format('unknown health model "%s"', unknown),
			DETAIL = 'A segment is to be scored by it.', HINT = 'Look at SELECT name FROM pulse.models.';
	END IF;
	INSERT INTO pulse_internal.health_segment (source_id, segment, model_id)
	SELECT new_id, s.key, m.model_id FROM jsonb_each_text(segments) AS s JOIN pulse_internal.model AS m ON m.name = s.value;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.insert_health_source(text, regclass, text, text, text, jsonb, text, text, text, text, oid) FROM PUBLIC;
ALTER FUNCTION pulse_internal.insert_health_source(text, regclass, text, text, text, jsonb, text, text, text, text, oid) OWNER TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.add_health_source(model text, relation regclass, key_column text, key_name text,
		segment_column text, segments jsonb, capture text, event text, follows text, due text) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_as_owner_source';
REVOKE ALL ON FUNCTION pulse_internal.add_health_source(text, regclass, text, text, text, jsonb, text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.add_health_source(text, regclass, text, text, text, jsonb, text, text, text, text) TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse_internal.store_error(message text, detail text, hint text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = message, DETAIL = detail, HINT = hint;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.store_error(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.store_error(text, text, text) TO pulse_admin, pulse_author, pulse_analyst, pulse_app, pulse_owner;

-- What stands in the way of scoring the rows of a relation by a model, as an error.
CREATE OR REPLACE FUNCTION pulse_internal.require_model_fits(model_name text, relation regclass) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	problem record;
BEGIN
	SELECT c.* INTO problem FROM pulse.check_model(model_name, relation) AS c LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'SP302', MESSAGE = problem.problem,
			DETAIL = format('"%s" of health model "%s" reads it.', problem.dimension, model_name), HINT = problem.hint;
	END IF;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.require_model_fits(text, regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.require_model_fits(text, regclass) TO pulse_admin, pulse_author;

-- The event, where there is none of that name, and what it is called in sentences.
CREATE OR REPLACE FUNCTION pulse_internal.prepare_health_event(event text, key_name text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	word record;
BEGIN
	IF NOT EXISTS (SELECT FROM pulse.events AS e WHERE e.name = prepare_health_event.event) THEN
		PERFORM pulse.create_event(event, format('%I text NOT NULL, model text NOT NULL, band text NOT NULL, old_band text,
			score numeric, old_score numeric, cause text NOT NULL, next_change timestamptz', key_name));
	END IF;
	FOR word IN
		SELECT w.* FROM (VALUES ('event', event, NULL, 'health changes', '健康度变化'), ('column', 'band', event, 'health', '健康度'),
			('column', 'score', event, 'health score', '健康分'), ('key', CASE key_name WHEN 'customer' THEN key_name END, NULL, 'customer', '客户'), ('value', 'red', 'band', 'red', '红'), ('value', 'amber', 'band', 'amber', '黄'),
			('value', 'green', 'band', 'green', '绿'), ('value', 'grey', 'band', 'grey', '灰')) AS w(class, name, scope, en, zh)
		-- what has a name already keeps it, and a label stands for one thing
		WHERE w.name IS NOT NULL AND NOT EXISTS (SELECT FROM pulse.labels AS l WHERE l.class = w.class AND l.scope IS NOT DISTINCT FROM w.scope
			AND (l.name = w.name OR l.en = w.en OR l.zh = w.zh))
	LOOP
		PERFORM pulse.label(word.class, word.name, word.en, word.zh, word.scope);
	END LOOP;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.prepare_health_event(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.prepare_health_event(text, text) TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse_internal.touch_triggers(OUT name text, OUT clause text) RETURNS SETOF record
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
	VALUES ('pulse_health_insert', 'AFTER INSERT ON %s REFERENCING NEW TABLE AS new_rows'),
		('pulse_health_update', 'AFTER UPDATE ON %s REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows'),
		('pulse_health_delete', 'AFTER DELETE ON %s REFERENCING OLD TABLE AS old_rows'),
		('pulse_health_truncate', 'AFTER TRUNCATE ON %s');
END;
REVOKE ALL ON FUNCTION pulse_internal.touch_triggers() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.touch_triggers() TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse.store_health(model text, relation regclass, key text, key_name text DEFAULT 'customer',
		segments jsonb DEFAULT NULL, capture text DEFAULT NULL, event text DEFAULT 'health_changed', follows text DEFAULT NULL, due text DEFAULT NULL) RETURNS bigint
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	own_segments jsonb := pulse.export_model(model) -> 'segments';
	is_table boolean;
	part record;
BEGIN
	IF model IS NULL OR relation IS NULL OR key IS NULL OR key_name IS NULL THEN
		PERFORM pulse_internal.store_error('store_health needs a model, a relation and a key', 'One of them is null.',
			'Type for instance store_health(''standard'', ''app.customer'', key => ''id'').');
	END IF;
	IF segments IS NOT NULL AND (jsonb_typeof(segments) <> 'object' OR segments ->> 'column' IS NULL
			OR jsonb_typeof(segments -> 'models') IS DISTINCT FROM 'object') THEN
		PERFORM pulse_internal.store_error('invalid segments', 'A column says which segment a row belongs to, models which model scores it.',
			'Type for instance {"column": "size", "models": {"large": "key accounts"}}; all other rows have the model named first.');
	END IF;
	IF segments <> own_segments THEN
		PERFORM pulse_internal.store_error(format('model "%s" has segments of its own', model), format('They are %s.', own_segments),
			'Leave segments out, or change them with pulse.alter_model().');
	END IF;
	segments := coalesce(segments, nullif(own_segments, '{}'));
	PERFORM pulse_internal.require_model_fits(m.name, relation)
	FROM (SELECT model AS name UNION SELECT s.value FROM jsonb_each_text(segments -> 'models') AS s) AS m;
	SELECT c.relkind IN ('r', 'p') INTO is_table FROM pg_class AS c WHERE c.oid = relation;
	PERFORM pulse_internal.store_error(format('%s has no column "%s"', relation, k.name), 'It is to say whose health a row tells, to which segment it belongs, or when it is due.',
		'Name a column of the table or view.')
	FROM unnest(ARRAY[key, segments ->> 'column', due]) AS k(name)
	WHERE k.name IS NOT NULL AND NOT EXISTS (SELECT FROM pg_attribute AS a
		WHERE a.attrelid = relation AND a.attname = k.name AND a.attnum > 0 AND NOT a.attisdropped);
	PERFORM pulse_internal.store_error(format('column "%s" cannot say when a row is due', due), format('It is of type %s.', format_type(a.atttypid, a.atttypmod)),
		'Name a column of type timestamp with time zone.')
	FROM pg_attribute AS a WHERE a.attrelid = relation AND a.attname = due AND a.atttypid <> 'timestamptz'::regtype;
	capture := coalesce(capture, CASE WHEN is_table THEN 'trigger' ELSE 'compare' END);
	IF capture <> ALL ('{trigger,compare}') OR (capture = 'trigger' AND NOT is_table) THEN
		PERFORM pulse_internal.store_error(format('invalid capture "%s"', capture), 'What is written to a table a trigger sees; a view is compared, row by row, with what was read before.',
			'Type ''trigger'' for a table, ''compare'' for anything.');
	END IF;
	IF event IS NOT NULL THEN
		PERFORM pulse_internal.prepare_health_event(event, key_name);
	END IF;
	PERFORM pulse_internal.add_health_source(model, relation, key, key_name, segments ->> 'column', segments -> 'models', capture, event, follows, due);
	FOR part IN SELECT t.name, format(t.clause, relation) AS clause FROM pulse_internal.touch_triggers() AS t
		WHERE capture = 'trigger' AND NOT EXISTS (SELECT FROM pg_trigger AS g WHERE g.tgrelid = relation AND g.tgname = t.name)
	LOOP
		EXECUTE format('CREATE TRIGGER %I %s FOR EACH STATEMENT EXECUTE FUNCTION pulse_internal.touch_health()', part.name, part.clause);
	END LOOP;
	RETURN pulse.refresh_health(model, true);
END
$$;
REVOKE ALL ON FUNCTION pulse.store_health(text, regclass, text, text, jsonb, text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.store_health(text, regclass, text, text, jsonb, text, text, text, text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.store_health(text, regclass, text, text, jsonb, text, text, text, text) IS
'Keeps the health of the rows of a table or view by a model from now on, with its history, hysteresis and dwell: pulse.healths shows it, refresh_health() and the tick keep it up to date. key: the column that says whose health it is, once per row; it is kept as text, and called key_name in events. segments: rows whose column has one of these values are scored by another model, such as {"column": "size", "models": {"large": "key accounts"}}; default: those of the model, which then count in the version in force, from the next refresh on. capture: trigger (for a table: statement triggers note the keys that are written; it needs the TRIGGER privilege) or compare (for a view: each whole refresh, daily by the tick, reads all rows and compares). event: the event that tells a change of the band, made where there is none; NULL: none. follows: a model whose stored health the rows are made of, such as those of parent_health(): whenever a refresh wrote something of that, all rows are compared at the next refresh, in the same tick. due: a timestamptz column that says when a row will be another one by itself, such as next_change of parent_next_change(): it is read again then, and next_change of the stored health is not later than that. Rows are read with the rights of the caller, now and later. Returns the number of rows. Errors: SP302 a model that does not fit, SP303 unknown model, SP304 what it follows is not stored, 42710 stored already, 21000 a key that stands twice, 22023 other arguments, 42501.';

CREATE OR REPLACE FUNCTION pulse_internal.delete_own_source(model_name text, caller oid) RETURNS regclass
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	gone pulse_internal.health_source;
BEGIN
	DELETE FROM pulse_internal.health_source AS s WHERE s.source_id = pulse_internal.own_source(model_name, caller) RETURNING s.* INTO gone;
	DELETE FROM pulse_internal.health_current AS c WHERE c.source_id = gone.source_id;
	DELETE FROM pulse_internal.health_history AS h WHERE h.source_id = gone.source_id;
	DELETE FROM pulse_internal.health_touched AS t WHERE t.source_id = gone.source_id;
	RETURN CASE WHEN NOT EXISTS (SELECT FROM pulse_internal.health_source AS s WHERE s.relation = gone.relation) THEN gone.relation END;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.delete_own_source(text, oid) FROM PUBLIC;
ALTER FUNCTION pulse_internal.delete_own_source(text, oid) OWNER TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.delete_health_source(model_name text) RETURNS regclass
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_delete_health_source';
ALTER FUNCTION pulse_internal.delete_health_source(text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse_internal.delete_health_source(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.delete_health_source(text) TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse.forget_health(model text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	relation regclass := pulse_internal.delete_health_source(model);
	part record;
BEGIN
	FOR part IN SELECT g.tgname FROM pg_trigger AS g JOIN pulse_internal.touch_triggers() AS t ON t.name = g.tgname
		JOIN pg_class AS c ON c.oid = g.tgrelid
		WHERE g.tgrelid = relation AND g.tgparentid = 0 AND pg_has_role(c.relowner, 'USAGE')
	LOOP
		EXECUTE format('DROP TRIGGER %I ON %s', part.tgname, relation);
	END LOOP;
END
$$;
REVOKE ALL ON FUNCTION pulse.forget_health(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.forget_health(text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.forget_health(text) IS
'Ends what store_health() began: the stored health by this model goes, with its history and overrides. The triggers of the table go with the last such model, where the caller owns the table. The model and the event stay. Its owner may do so, and pulse_admin. Errors: SP304 not stored, 42501 it is another''s.';

-- ---- care: bands that people set ----------------------------------------------------------

-- Since now_at shows what overrides say; the refresh of this one customer writes it down and tells it.
CREATE OR REPLACE FUNCTION pulse_internal.show_override(source integer, of_customer text, now_at timestamptz) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	c pulse_internal.health_current;
	o record;
	o_before record;
	stands record;
	shows text;
BEGIN
	SELECT x.* INTO c FROM pulse_internal.health_current AS x WHERE x.source_id = source AND x.customer = of_customer;
	SELECT * INTO o FROM pulse_internal.override_at(source, of_customer, now_at);
	SELECT * INTO o_before FROM pulse_internal.override_at(source, of_customer, now_at - interval '1 microsecond');
	-- nothing is due between computed_at and now
	SELECT w.health, w.due_at, w.next_change INTO stands FROM pulse_internal.model AS m,
		LATERAL pulse_internal.walk_health(m.name, c.version, c.inputs, c.held, c.held_since, now_at, NULL, NULL, NULL, now_at, NULL, NULL) AS w
	WHERE m.model_id = c.model_id;
	shows := coalesce(o.band, pulse.band(stands.health));
	INSERT INTO pulse_internal.health_history (source_id, customer, at, recorded, cause, model_id, version, health, held, held_since, shown)
	VALUES (source, of_customer, now_at, now_at, 'override', c.model_id, c.version, stands.health, c.held, c.held_since, shows);
	UPDATE pulse_internal.health_current AS x SET health = stands.health, computed_at = now_at, next_change = stands.next_change,
		shown = shows, shown_since = CASE WHEN shows <> c.shown THEN now_at ELSE c.shown_since END, due_at = least(stands.due_at, o.until)
	WHERE x.source_id = source AND x.customer = of_customer;
	PERFORM pulse_internal.touch_followers(source);
	IF shows <> c.shown THEN
		PERFORM pulse_internal.emit_health_changes(source, ARRAY[now_at], ARRAY[of_customer], ARRAY[shows], ARRAY[c.shown],
			ARRAY[coalesce(o.score, pulse.score(stands.health))], ARRAY[coalesce(o_before.score, pulse.score(stands.health))],
			ARRAY['override'], ARRAY[stands.next_change]);
	END IF;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.show_override(integer, text, timestamptz) FROM PUBLIC;
ALTER FUNCTION pulse_internal.show_override(integer, text, timestamptz) OWNER TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.require_customer(source integer, of_customer text) RETURNS timestamptz
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	-- what was due before comes before
	PERFORM pulse_internal.refresh_source(source, false);
	IF NOT EXISTS (SELECT FROM pulse_internal.health_current AS c WHERE c.source_id = source AND c.customer = of_customer) THEN
		RAISE EXCEPTION USING ERRCODE = 'SP305', MESSAGE = format('no health is stored for "%s"', of_customer),
			DETAIL = 'Its rows have no such key.', HINT = 'Look at SELECT customer FROM pulse.healths.';
	END IF;
	RETURN (SELECT s.refreshed_at FROM pulse_internal.health_source AS s WHERE s.source_id = source);
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.require_customer(integer, text) FROM PUBLIC;
ALTER FUNCTION pulse_internal.require_customer(integer, text) OWNER TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.insert_override(model_name text, of_customer text, new_band text, new_reason text,
		new_until timestamptz, new_score numeric, new_author oid) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	source integer := pulse_internal.own_source(model_name, new_author);
	now_at timestamptz;
BEGIN
	IF coalesce(new_reason, '') = '' THEN
		PERFORM pulse_internal.store_error('an override needs a reason', 'Who sees it wants to know why the computed band does not count.', 'Say why, in words.');
	END IF;
	IF new_score NOT BETWEEN 0 AND 100 OR new_score <> round(new_score, 2) THEN
		PERFORM pulse_internal.store_error('invalid score of an override', format('%s is not a number from 0 to 100 with at most two decimals.', new_score), 'Leave it out, and only the band is another one.');
	END IF;
	now_at := pulse_internal.require_customer(source, of_customer);
	IF new_until <= now_at THEN
		PERFORM pulse_internal.store_error('the override ends before it begins', format('It would end at %s.', new_until), 'Leave until out for an override that somebody will end.');
	END IF;
	IF NOT EXISTS (SELECT FROM pulse_internal.health_current AS c JOIN pulse_internal.model_band AS b ON b.model_id = c.model_id AND b.version = c.version
			WHERE c.source_id = source AND c.customer = of_customer AND b.band = new_band) THEN
		PERFORM pulse_internal.store_error(format('the model has no band "%s"', new_band), 'An override shows one of the model''s bands.',
			'Look at SELECT name, bands FROM pulse.models.');
	END IF;
	UPDATE pulse_internal.health_override AS o SET until = now_at
	WHERE o.source_id = source AND o.customer = of_customer AND (o.until IS NULL OR o.until > now_at);
	INSERT INTO pulse_internal.health_override (source_id, customer, band, score, reason, author, since, until)
	VALUES (source, of_customer, new_band, new_score, new_reason, new_author::regrole, now_at, new_until);
	PERFORM pulse_internal.show_override(source, of_customer, now_at);
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.insert_override(text, text, text, text, timestamptz, numeric, oid) FROM PUBLIC;
ALTER FUNCTION pulse_internal.insert_override(text, text, text, text, timestamptz, numeric, oid) OWNER TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse.override_health(model text, customer text, band text, reason text, until timestamptz DEFAULT NULL,
		score numeric DEFAULT NULL) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_override_health';
REVOKE ALL ON FUNCTION pulse.override_health(text, text, text, text, timestamptz, numeric) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.override_health(text, text, text, text, timestamptz, numeric) TO pulse_admin, pulse_author, pulse_app;
COMMENT ON FUNCTION pulse.override_health(text, text, text, text, timestamptz, numeric) IS
'Shows a band (and a score, where one is given) in the place of the computed one, for a reason, until an instant or until end_override(). The computed band goes on beside it; recomputing leaves the override. One that is in force already ends. A change of what shows is told as an event. Who stored the health may do so (an application by being granted his role), and pulse_admin. Errors: SP304 not stored, SP305 unknown customer, 22023 a band the model lacks, no reason, an end that has passed, 42501 it is another''s.';

CREATE OR REPLACE FUNCTION pulse_internal.close_override(model text, customer text, caller oid) RETURNS boolean
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	source integer := pulse_internal.own_source(model, caller);
	now_at timestamptz := pulse_internal.require_customer(source, customer);
BEGIN
	UPDATE pulse_internal.health_override AS o SET until = now_at
	WHERE o.source_id = source AND o.customer = close_override.customer AND (o.until IS NULL OR o.until > now_at);
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	PERFORM pulse_internal.show_override(source, customer, now_at);
	RETURN true;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.close_override(text, text, oid) FROM PUBLIC;
ALTER FUNCTION pulse_internal.close_override(text, text, oid) OWNER TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse.end_override(model text, customer text) RETURNS boolean
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_end_override';
ALTER FUNCTION pulse.end_override(text, text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.end_override(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.end_override(text, text) TO pulse_admin, pulse_author, pulse_app;
COMMENT ON FUNCTION pulse.end_override(text, text) IS
'Ends the override of a customer: from now on the computed band shows again. False: there was none. Who stored the health may do so, and pulse_admin. Errors: SP304 not stored, SP305 unknown customer, 42501 it is another''s.';
