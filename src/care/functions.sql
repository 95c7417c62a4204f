-- ---- care: a standing through time ---------------------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.walk_health(model text, version integer, inputs jsonb, held text, held_since timestamptz,
		since timestamptz, new_model text, new_version integer, new_inputs jsonb, until timestamptz, override_until timestamptz,
		is_gone boolean, OUT step integer, OUT at timestamptz, OUT cause text, OUT of_model text, OUT of_version integer, OUT of_inputs jsonb,
		OUT health pulse.health, OUT is_held text, OUT is_held_since timestamptz, OUT is_last boolean, OUT due_at timestamptz,
		OUT next_change timestamptz) RETURNS SETOF record
	LANGUAGE c STABLE PARALLEL SAFE COST 1000 ROWS 1 AS 'MODULE_PATHNAME', 'sp_walk_health';
REVOKE ALL ON FUNCTION pulse_internal.walk_health(text, integer, jsonb, text, timestamptz, timestamptz, text, integer, jsonb, timestamptz,
	timestamptz, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.walk_health(text, integer, jsonb, text, timestamptz, timestamptz, text, integer, jsonb, timestamptz,
	timestamptz, boolean) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.walk_life(models text[], versions integer[], inputs jsonb[], instants timestamptz[], until timestamptz,
		held text, held_since timestamptz, OUT step integer, OUT at timestamptz, OUT cause text, OUT of_model text, OUT of_version integer, OUT of_inputs jsonb,
		OUT health pulse.health, OUT is_held text, OUT is_held_since timestamptz, OUT is_last boolean, OUT due_at timestamptz,
		OUT next_change timestamptz) RETURNS SETOF record
	LANGUAGE c STABLE PARALLEL SAFE COST 1000 ROWS 2 AS 'MODULE_PATHNAME', 'sp_walk_life';
REVOKE ALL ON FUNCTION pulse_internal.walk_life(text[], integer[], jsonb[], timestamptz[], timestamptz, text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.walk_life(text[], integer[], jsonb[], timestamptz[], timestamptz, text, timestamptz) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.score_inputs(model text, version integer, inputs jsonb, at timestamptz) RETURNS pulse.health
	LANGUAGE c STABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'sp_score_inputs';
REVOKE ALL ON FUNCTION pulse_internal.score_inputs(text, integer, jsonb, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.score_inputs(text, integer, jsonb, timestamptz)
	TO pulse_owner, pulse_admin, pulse_author, pulse_analyst, pulse_app;

CREATE OR REPLACE FUNCTION pulse_internal.explain_inputs(model text, version integer, inputs jsonb, at timestamptz, lang text,
		OUT dimension text, OUT column_name text, OUT value text, OUT points numeric, OUT weight numeric, OUT share numeric,
		OUT contribution numeric, OUT status text, OUT group_name text, OUT sentence text) RETURNS SETOF record
	LANGUAGE c STABLE PARALLEL SAFE ROWS 10 AS 'MODULE_PATHNAME', 'sp_explain_inputs';
REVOKE ALL ON FUNCTION pulse_internal.explain_inputs(text, integer, jsonb, timestamptz, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.explain_inputs(text, integer, jsonb, timestamptz, text)
	TO pulse_owner, pulse_admin, pulse_author, pulse_analyst, pulse_app;

-- ---- care: rows that are read, events that are written, as their author --------------

CREATE OR REPLACE FUNCTION pulse_internal.read_health_rows(source integer, customers text[],
		OUT customer text, OUT model text, OUT inputs jsonb) RETURNS SETOF record
	LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 10000 AS 'MODULE_PATHNAME', 'sp_read_health_rows';
REVOKE ALL ON FUNCTION pulse_internal.read_health_rows(integer, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.read_health_rows(integer, text[]) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.emit_health_changes(source integer, at timestamptz[], customer text[], band text[],
		old_band text[], score numeric[], old_score numeric[], cause text[], next_change timestamptz[]) RETURNS void
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_emit_health_changes';
REVOKE ALL ON FUNCTION pulse_internal.emit_health_changes(integer, timestamptz[], text[], text[], text[], numeric[], numeric[], text[],
	timestamptz[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.emit_health_changes(integer, timestamptz[], text[], text[], text[], numeric[], numeric[], text[],
	timestamptz[]) TO pulse_owner;

-- format() writes a key as its type prints it; a cast would run what the table's owner put there
CREATE OR REPLACE FUNCTION pulse_internal.touch_health() RETURNS trigger
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	source record;
BEGIN
	-- a trigger that somebody made without transition tables would have their names looked up, and find his
	IF NOT EXISTS (SELECT FROM pg_trigger AS g WHERE g.tgrelid = TG_RELID AND g.tgname = TG_NAME AND TG_LEVEL = 'STATEMENT'
			AND (g.tgnewtable IS NOT DISTINCT FROM 'new_rows') = (TG_OP IN ('INSERT', 'UPDATE'))
			AND (g.tgoldtable IS NOT DISTINCT FROM 'old_rows') = (TG_OP IN ('UPDATE', 'DELETE'))) THEN
		RAISE EXCEPTION USING ERRCODE = 'trigger_protocol_violated',
			MESSAGE = 'pulse_internal.touch_health() was not fired the way it is made for',
			DETAIL = 'It reads the rows of a statement from transition tables.', HINT = 'Use pulse.store_health().';
	END IF;
	FOR source IN SELECT s.source_id, s.key_column FROM pulse_internal.health_source AS s WHERE s.relation = TG_RELID LOOP
		-- all, where it cannot be said which: the refresh reads them anew, or says what is wrong
		IF TG_OP = 'TRUNCATE' OR NOT EXISTS (SELECT FROM pg_attribute AS a
				WHERE a.attrelid = TG_RELID AND a.attname = source.key_column AND NOT a.attisdropped) THEN
			INSERT INTO pulse_internal.health_touched (source_id, customer) VALUES (source.source_id, NULL);
			CONTINUE;
		END IF;
		IF TG_OP <> 'DELETE' THEN
			EXECUTE format('INSERT INTO pulse_internal.health_touched (source_id, customer)
				SELECT $1, format(''%%s'', n.%1$I) FROM new_rows AS n WHERE n.%1$I IS NOT NULL', source.key_column) USING source.source_id;
		END IF;
		IF TG_OP = 'DELETE' THEN
			EXECUTE format('INSERT INTO pulse_internal.health_touched (source_id, customer)
				SELECT $1, format(''%%s'', o.%1$I) FROM old_rows AS o WHERE o.%1$I IS NOT NULL', source.key_column) USING source.source_id;
		ELSIF TG_OP = 'UPDATE' THEN
			-- a key that is another one now
			EXECUTE format('INSERT INTO pulse_internal.health_touched (source_id, customer)
				SELECT $1, format(''%%s'', o.%1$I) FROM old_rows AS o WHERE o.%1$I IS NOT NULL
				EXCEPT ALL SELECT $1, format(''%%s'', n.%1$I) FROM new_rows AS n', source.key_column) USING source.source_id;
		END IF;
	END LOOP;
	RETURN NULL;
END
$$;
ALTER FUNCTION pulse_internal.touch_health() OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse_internal.touch_health() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.touch_health() TO pulse_admin, pulse_author;

CREATE OR REPLACE FUNCTION pulse_internal.refuse_stored_model() RETURNS trigger
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	stored text;
BEGIN
	SELECT m.name INTO stored FROM pulse_internal.health_source AS s
	JOIN pulse_internal.model AS m ON m.model_id = s.model_id
	LEFT JOIN pulse_internal.health_segment AS g ON g.source_id = s.source_id
	WHERE old.model_id IN (s.model_id, g.model_id) LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'dependent_objects_still_exist', MESSAGE = format('health by model "%s" is stored', old.name),
			DETAIL = 'Its history needs the model.', HINT = format('Type SELECT pulse.forget_health(%L) first.', stored);
	END IF;
	RETURN old;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.refuse_stored_model() FROM PUBLIC;

CREATE OR REPLACE FUNCTION pulse_internal.stored_source(model_name text) RETURNS integer
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	found_id integer;
BEGIN
	SELECT s.source_id INTO found_id FROM pulse_internal.health_source AS s
	JOIN pulse_internal.model AS m ON m.model_id = s.model_id WHERE m.name = model_name;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'SP304', MESSAGE = format('health by model "%s" is not stored', model_name),
			DETAIL = 'No table or view was named whose rows'' health is to be kept.',
			HINT = 'SELECT pulse.store_health(model, relation, key), such as pulse.store_health(''standard'', ''app.customer'', ''id'').';
	END IF;
	RETURN found_id;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.stored_source(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.stored_source(text) TO pulse_owner, pulse_admin, pulse_author, pulse_analyst, pulse_app;

-- the same, for what only its owner may do
CREATE OR REPLACE FUNCTION pulse_internal.own_source(model_name text, caller oid) RETURNS integer
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	source integer := pulse_internal.stored_source(model_name);
	author name := (SELECT r.rolname FROM pulse_internal.health_source AS s JOIN pg_roles AS r ON r.oid = s.author WHERE s.source_id = source);
BEGIN
	IF (pg_has_role(caller, author, 'USAGE') OR pg_has_role(caller, 'pulse_admin', 'USAGE')) IS NOT TRUE THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = format('permission denied for the stored health of model "%s"', model_name),
			DETAIL = coalesce(format('It belongs to %I, who stored it.', author), 'Who stored it is no role any more.'),
			HINT = coalesce(format('Type GRANT %I TO %I, or ask a member of pulse_admin.', author, pg_get_userbyid(caller)), 'Ask a member of pulse_admin.');
	END IF;
	RETURN source;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.own_source(text, oid) FROM PUBLIC;
ALTER FUNCTION pulse_internal.own_source(text, oid) OWNER TO pulse_owner;

-- of an override: since when and until when it counts
CREATE OR REPLACE FUNCTION pulse_internal.is_in_force(since timestamptz, until timestamptz, at timestamptz) RETURNS boolean
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN is_in_force.since <= is_in_force.at AND (is_in_force.until IS NULL OR is_in_force.at < is_in_force.until);
REVOKE ALL ON FUNCTION pulse_internal.is_in_force(timestamptz, timestamptz, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.is_in_force(timestamptz, timestamptz, timestamptz) TO pulse_owner, pulse_admin, pulse_author, pulse_analyst, pulse_app;

-- ---- care: the refresh -----------------------------------------------------------------

-- What the standings of a source have become: time passes for those that are due; what is read anew counts from now on.
-- Rows are read where "whole", or of the customers named; a customer who was to be read and is not there is gone.
CREATE OR REPLACE FUNCTION pulse_internal.health_steps(source integer, customers text[], whole boolean, now_at timestamptz,
		OUT customer text, OUT step integer, OUT at timestamptz, OUT cause text, OUT model_id integer, OUT version integer,
		OUT inputs jsonb, OUT health pulse.health, OUT held text, OUT held_since timestamptz, OUT is_last boolean,
		OUT due_at timestamptz, OUT next_change timestamptz, OUT old_shown text, OUT old_shown_since timestamptz, OUT old_score numeric)
	RETURNS SETOF record
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
	SET plan_cache_mode = force_custom_plan SET enable_nestloop = on
AS $$
#variable_conflict use_column
BEGIN
	IF whole THEN	-- until the function ends: all rows meet all rows, whatever statistics know
		SET LOCAL enable_nestloop = off;
		SET LOCAL enable_mergejoin = off;
	END IF;
	RETURN QUERY
	WITH seen AS (
		SELECT r.customer, r.model, m.version, r.inputs
		FROM pulse_internal.read_health_rows(source, CASE WHEN NOT whole THEN coalesce(customers, '{}') END) AS r
		JOIN pulse_internal.model AS m ON m.name = r.model
		WHERE whole OR customers IS NOT NULL
	), stood AS (
		SELECT c.*, true AS asked FROM pulse_internal.health_current AS c WHERE whole AND c.source_id = source
		UNION ALL
		SELECT c.*, true FROM unnest(customers) AS k(customer)
		JOIN pulse_internal.health_current AS c ON c.source_id = source AND c.customer = k.customer WHERE NOT whole
		UNION ALL
		SELECT c.*, false FROM pulse_internal.health_current AS c
		WHERE NOT whole AND c.source_id = source AND c.due_at <= now_at
			AND NOT EXISTS (SELECT FROM unnest(customers) AS k(customer) WHERE k.customer = c.customer)
	), doing AS (
		SELECT coalesce(s.customer, c.customer) AS customer, n.name AS old_model, c.version AS old_version, c.inputs AS old_inputs,
			c.held, c.held_since, c.computed_at, s.model, s.version, s.inputs, o.until AS override_until, c.shown, c.shown_since, c.health,
			s.customer IS NULL AND c.asked AS is_gone
		FROM stood AS c
		JOIN pulse_internal.model AS n ON n.model_id = c.model_id
		FULL JOIN seen AS s ON s.customer = c.customer
		-- one is in force at a time
		LEFT JOIN pulse_internal.health_override AS o ON o.source_id = source AND o.customer = c.customer
			AND pulse_internal.is_in_force(o.since, o.until, c.computed_at)
		WHERE c.customer IS NULL OR c.due_at <= now_at OR s.customer IS NULL OR NOT c.inputs @> s.inputs
			OR (n.name, c.version) IS DISTINCT FROM (s.model, s.version)
	)
	SELECT d.customer, w.step, w.at, w.cause, m.model_id, w.of_version, w.of_inputs, w.health, w.is_held, w.is_held_since,
		w.is_last, w.due_at, w.next_change, d.shown, d.shown_since, pulse.score(d.health)
	FROM doing AS d
	CROSS JOIN LATERAL pulse_internal.walk_health(d.old_model, d.old_version, d.old_inputs, d.held, d.held_since, d.computed_at,
		d.model, d.version, d.inputs, now_at, d.override_until, d.is_gone) AS w
	JOIN pulse_internal.model AS m ON m.name = w.of_model;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.health_steps(integer, text[], boolean, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.health_steps(integer, text[], boolean, timestamptz) TO pulse_owner;

-- What is made of the health of a source is to be read again.
CREATE OR REPLACE FUNCTION pulse_internal.touch_followers(source integer) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	INSERT INTO pulse_internal.health_touched (source_id, customer)
	SELECT s.source_id, NULL FROM pulse_internal.health_source AS s WHERE s.follows = source;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.touch_followers(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.touch_followers(integer) TO pulse_owner;

-- Segments that the model has itself count, in the version in force.
CREATE OR REPLACE FUNCTION pulse_internal.follow_segments(source integer) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	said jsonb;
	unknown text;
BEGIN
	SELECT v.segments INTO said FROM pulse_internal.health_source AS s
	JOIN pulse_internal.model AS m ON m.model_id = s.model_id
	JOIN pulse_internal.model_version AS v ON v.model_id = m.model_id AND v.version = m.version
	WHERE s.source_id = source AND v.segments <> CASE WHEN s.segment_column IS NULL THEN '{}' ELSE jsonb_build_object('column', s.segment_column, 'models',
		(SELECT coalesce(jsonb_object_agg(g.segment, n.name), '{}') FROM pulse_internal.health_segment AS g
		 JOIN pulse_internal.model AS n ON n.model_id = g.model_id WHERE g.source_id = source)) END;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	SELECT s.value INTO unknown FROM jsonb_each_text(said -> 'models') AS s
	WHERE NOT EXISTS (SELECT FROM pulse_internal.model AS m WHERE m.name = s.value) LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'SP303', MESSAGE = format('unknown health model "%s"', unknown),
			DETAIL = 'A segment is to be scored by it.', HINT = 'Import it too, or take the segment away with pulse.alter_model(name, segments => ...).';
	END IF;
	DELETE FROM pulse_internal.health_segment AS g WHERE g.source_id = source;
	UPDATE pulse_internal.health_source AS s SET segment_column = said ->> 'column' WHERE s.source_id = source;
	INSERT INTO pulse_internal.health_segment (source_id, segment, model_id)
	SELECT source, s.key, m.model_id FROM jsonb_each_text(said -> 'models') AS s JOIN pulse_internal.model AS m ON m.name = s.value;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.follow_segments(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.follow_segments(integer) TO pulse_owner;

-- One source; returns how many customers another standing was written for. To compile its statements would take longer than to run them.
CREATE OR REPLACE FUNCTION pulse_internal.refresh_source(source integer, whole boolean) RETURNS bigint
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan SET jit = off
AS $$
DECLARE
	now_at timestamptz;
	has_due boolean;
	touched text[];
	in_force jsonb;
	changes record;
BEGIN
	-- one refresh at a time; then the clock, so that no refresh goes back behind another
	PERFORM FROM pulse_internal.health_source AS s WHERE s.source_id = source FOR UPDATE;
	IF NOT FOUND THEN
		RETURN 0;	-- forgotten meanwhile
	END IF;
	PERFORM pulse_internal.follow_segments(source);
	SELECT greatest(pulse.clock(), s.refreshed_at), s.due_column IS NOT NULL INTO now_at, has_due FROM pulse_internal.health_source AS s WHERE s.source_id = source;
	WITH taken AS (DELETE FROM pulse_internal.health_touched AS t WHERE t.source_id = source RETURNING t.customer)
	SELECT array_agg(DISTINCT k.customer) FILTER (WHERE k.customer IS NOT NULL), whole OR coalesce(bool_or(k.customer IS NULL), false)
	INTO touched, whole FROM taken AS k;
	IF has_due THEN
		-- what says that it is another row now is read again
		SELECT array_agg(k.customer) INTO touched
		FROM (SELECT t.customer FROM unnest(touched) AS t(customer) UNION SELECT c.customer FROM pulse_internal.health_current AS c
			WHERE c.source_id = source AND c.due_at <= now_at) AS k;
	END IF;
	SELECT jsonb_object_agg(m.model_id::text, m.version) INTO in_force FROM pulse_internal.model AS m
	WHERE m.model_id IN (SELECT s.model_id FROM pulse_internal.health_source AS s WHERE s.source_id = source
		UNION ALL SELECT g.model_id FROM pulse_internal.health_segment AS g WHERE g.source_id = source);
	-- a new version counts for all; what was missed while the source was broken is anywhere
	whole := whole OR EXISTS (SELECT FROM pulse_internal.health_source AS s
		WHERE s.source_id = source AND (s.state <> 'ok' OR s.versions <> in_force));
	WITH steps AS MATERIALIZED (
		SELECT s.*, coalesce(o.band, pulse.band(s.health)) AS shown, coalesce(o.score, pulse.score(s.health)) AS score, o.until AS override_until
		FROM pulse_internal.health_steps(source, touched, whole, now_at) AS s
		LEFT JOIN pulse_internal.health_override AS o ON o.source_id = source AND o.customer = s.customer
			AND pulse_internal.is_in_force(o.since, o.until, s.at)
	), compared AS MATERIALIZED (
		-- nearly all customers have one step; what is sorted is the rest
		SELECT s.*, s.old_shown AS shown_before, s.old_score AS score_before,
			CASE WHEN s.shown IS DISTINCT FROM s.old_shown THEN s.at ELSE s.old_shown_since END AS shown_since
		FROM steps AS s WHERE s.step = 0 AND s.is_last
		UNION ALL
		SELECT x.*, coalesce(max(x.at) FILTER (WHERE x.shown IS DISTINCT FROM x.shown_before) OVER (PARTITION BY x.customer ORDER BY x.step
			ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING), x.old_shown_since)
		FROM (SELECT s.*, lag(s.shown, 1, s.old_shown) OVER w AS shown_before, lag(s.score, 1, s.old_score) OVER w AS score_before
			FROM steps AS s WHERE s.step > 0 OR NOT s.is_last WINDOW w AS (PARTITION BY s.customer ORDER BY s.step)) AS x
	), kept AS (
		INSERT INTO pulse_internal.health_history (source_id, customer, at, recorded, cause, model_id, version, inputs, health, held, held_since, shown)
		SELECT source, s.customer, s.at, now_at, s.cause, s.model_id, s.version, CASE WHEN s.cause IN ('data', 'model') THEN s.inputs END,
			s.health, s.held, s.held_since, s.shown
		FROM compared AS s WHERE s.cause IS NOT NULL
	), written AS (
		INSERT INTO pulse_internal.health_current AS c (source_id, customer, model_id, version, inputs, health, held, held_since, shown, shown_since,
			computed_at, due_at, next_change)
		SELECT source, s.customer, s.model_id, s.version, s.inputs, s.health, s.held, s.held_since, s.shown, s.shown_since,
			s.at, least(s.due_at, s.override_until), s.next_change
		FROM compared AS s WHERE s.is_last AND s.cause IS DISTINCT FROM 'gone'
		ON CONFLICT ON CONSTRAINT health_current_pkey DO UPDATE SET model_id = excluded.model_id, version = excluded.version, inputs = excluded.inputs,
			health = excluded.health, held = excluded.held, held_since = excluded.held_since, shown = excluded.shown, shown_since = excluded.shown_since,
			computed_at = excluded.computed_at, due_at = excluded.due_at, next_change = excluded.next_change
	), removed AS (
		-- by their keys, whatever is estimated of the steps
		DELETE FROM pulse_internal.health_current AS c
		WHERE c.source_id = source AND c.customer = ANY (ARRAY(SELECT s.customer FROM steps AS s WHERE s.cause = 'gone'))
	), told AS (
		SELECT c.* FROM compared AS c WHERE c.shown <> c.shown_before AND c.cause <> 'gone'
	)
	SELECT (SELECT count(*) FROM steps AS s WHERE s.is_last) AS customers,
		array_agg(t.at ORDER BY t.at, t.customer, t.step) AS at, array_agg(t.customer ORDER BY t.at, t.customer, t.step) AS customer,
		array_agg(t.shown ORDER BY t.at, t.customer, t.step) AS band, array_agg(t.shown_before ORDER BY t.at, t.customer, t.step) AS old_band,
		array_agg(t.score ORDER BY t.at, t.customer, t.step) AS score, array_agg(t.score_before ORDER BY t.at, t.customer, t.step) AS old_score,
		array_agg(t.cause ORDER BY t.at, t.customer, t.step) AS cause, array_agg(t.next_change ORDER BY t.at, t.customer, t.step) AS next_change
	INTO changes FROM told AS t;
	PERFORM pulse_internal.emit_health_changes(source, changes.at, changes.customer, changes.band, changes.old_band, changes.score,
		changes.old_score, changes.cause, changes.next_change);
	UPDATE pulse_internal.health_source AS s SET state = 'ok', reason = NULL, refreshed_at = now_at, versions = in_force WHERE s.source_id = source;
	IF changes.customers > 0 THEN
		PERFORM pulse_internal.touch_followers(source);
	END IF;
	RETURN changes.customers;
EXCEPTION WHEN cardinality_violation THEN
	RAISE EXCEPTION USING ERRCODE = 'cardinality_violation', MESSAGE = 'two rows have the same key',
		DETAIL = format('Health is stored by key, and %s.%s is none.',
			(SELECT s.relation FROM pulse_internal.health_source AS s WHERE s.source_id = source),
			(SELECT quote_ident(s.key_column) FROM pulse_internal.health_source AS s WHERE s.source_id = source)),
		HINT = 'Store the health of a view that has one row per customer.';
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.refresh_source(integer, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.refresh_source(integer, boolean) TO pulse_owner;

-- for its owner: see sp_refresh_health
CREATE OR REPLACE FUNCTION pulse_internal.refresh_stored(model text, whole boolean, caller oid) RETURNS bigint
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	source integer := pulse_internal.own_source(model, caller);
BEGIN
	RETURN pulse_internal.refresh_source(source, coalesce(whole,
		(SELECT s.capture = 'compare' FROM pulse_internal.health_source AS s WHERE s.source_id = source)));
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.refresh_stored(text, boolean, oid) FROM PUBLIC;
ALTER FUNCTION pulse_internal.refresh_stored(text, boolean, oid) OWNER TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse.refresh_health(model text, whole boolean DEFAULT NULL) RETURNS bigint
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_refresh_health';
ALTER FUNCTION pulse.refresh_health(text, boolean) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.refresh_health(text, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.refresh_health(text, boolean) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.refresh_health(text, boolean) IS
'Brings the stored health of a model up to now: of rows that were written since, and of those whose next change has come; of nothing else. whole reads all rows and compares them with what was read before: as always where the source is a view. Each change is kept with the instant when it happened, and told as an event where the shown band is another one. A new version of the model counts for all, from now on. Returns the number of customers that something was written for. The tick does it by itself; else its owner may, and pulse_admin. Errors: SP304 not stored, 42501 it is another''s, 21000 a key that stands twice, those of health().';

-- Does a source still have what is read of it?  Asked at each tick, whether anything was written or not.
CREATE OR REPLACE FUNCTION pulse_internal.require_source_fits(source integer) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	wrong text;
BEGIN
	SELECT CASE WHEN c.oid IS NULL THEN 'the relation of stored health is gone' ELSE format('%s has no column "%s"', s.relation, k.name) END INTO wrong
	FROM pulse_internal.health_source AS s LEFT JOIN pg_class AS c ON c.oid = s.relation
	CROSS JOIN unnest(ARRAY[s.key_column, s.segment_column, s.due_column]) AS k(name)
	WHERE s.source_id = source AND k.name IS NOT NULL AND NOT EXISTS (SELECT FROM pg_attribute AS a
		WHERE a.attrelid = s.relation AND a.attname = k.name AND a.attnum > 0 AND NOT a.attisdropped);
	IF NOT FOUND THEN
		SELECT p.problem INTO wrong FROM pulse_internal.health_source AS s
		JOIN pulse_internal.model AS m ON m.model_id = s.model_id
			OR m.model_id IN (SELECT g.model_id FROM pulse_internal.health_segment AS g WHERE g.source_id = s.source_id)
		CROSS JOIN LATERAL pulse.check_model(m.name, s.relation) AS p WHERE s.source_id = source;
	END IF;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'SP302', MESSAGE = wrong;
	END IF;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.require_source_fits(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.require_source_fits(integer) TO pulse_owner;

-- for the tick: what fails is noted and does not keep the others back
CREATE OR REPLACE FUNCTION pulse_internal.refresh_sources(comparing boolean) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	source record;
	failure text;
BEGIN
	-- what follows another was stored after it
	FOR source IN SELECT s.source_id FROM pulse_internal.health_source AS s
		WHERE NOT comparing OR s.capture = 'compare' ORDER BY s.source_id
	LOOP
		BEGIN
			PERFORM pulse_internal.require_source_fits(source.source_id);
			PERFORM pulse_internal.refresh_source(source.source_id, comparing);
		EXCEPTION WHEN others THEN
			GET STACKED DIAGNOSTICS failure = MESSAGE_TEXT;
			UPDATE pulse_internal.health_source AS s SET state = 'broken', reason = failure WHERE s.source_id = source.source_id;
		END;
	END LOOP;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.refresh_sources(boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.refresh_sources(boolean) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.refresh_health() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT pulse_internal.refresh_sources(false);
END;
REVOKE ALL ON FUNCTION pulse_internal.refresh_health() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.refresh_health() TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.compare_health() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT pulse_internal.refresh_sources(true);
END;
REVOKE ALL ON FUNCTION pulse_internal.compare_health() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.compare_health() TO pulse_owner;
