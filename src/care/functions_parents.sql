-- ---- care: parents, whose health is that of their children ------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.require_parent_columns(relation regclass, child text, parent text, weight text) RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	wrong record;
BEGIN
	SELECT k.role, k.name, a.atttypid INTO wrong FROM (VALUES ('child', child), ('parent', parent), ('weight', weight)) AS k(role, name)
	LEFT JOIN pg_attribute AS a ON a.attrelid = relation AND a.attname = k.name AND a.attnum > 0 AND NOT a.attisdropped
	WHERE (a.attname IS NULL AND (k.role <> 'weight' OR k.name IS NOT NULL))
		OR (k.role = 'weight' AND (SELECT t.typcategory FROM pg_type AS t WHERE t.oid = a.atttypid) <> ALL ('{N,S,U}')) LIMIT 1;
	IF FOUND AND wrong.atttypid IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_column', MESSAGE = format('%s has no column "%s"', relation, wrong.name),
			DETAIL = format('It is to be the %s.', wrong.role),
			HINT = 'Name a column of the table or view: child is the key of a stored customer, parent whom it belongs to, weight a number.';
	ELSIF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch', MESSAGE = format('column "%s" is no weight', wrong.name),
			DETAIL = format('It is of type %s.', format_type(wrong.atttypid, NULL)), HINT = 'Name a column of numbers, or leave weight out.';
	END IF;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.require_parent_columns(regclass, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.require_parent_columns(regclass, text, text, text) TO pulse_admin, pulse_author, pulse_analyst, pulse_app;

CREATE OR REPLACE FUNCTION pulse.parent_health(model text, relation regclass, child text, parent text, weight text DEFAULT NULL,
		OUT parent_key text, OUT children bigint, OUT unknown bigint, OUT score numeric, OUT low numeric, OUT high numeric,
		OUT coverage integer, OUT band text, OUT worst_child text, OUT worst_band text, OUT share_worst numeric) RETURNS SETOF record
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
	bands jsonb;
	minimum integer;
BEGIN
	PERFORM pulse_internal.stored_source(model);
	PERFORM pulse_internal.require_parent_columns(relation, child, parent, weight);
	SELECT jsonb_agg(jsonb_build_object('band', b.band, 'lower', b.lower) ORDER BY b.lower), v.minimum_coverage INTO bands, minimum
	FROM pulse_internal.model AS m JOIN pulse_internal.model_version AS v ON v.model_id = m.model_id AND v.version = m.version
	JOIN pulse_internal.model_band AS b ON b.model_id = v.model_id AND b.version = v.version WHERE m.name = parent_health.model
	GROUP BY v.minimum_coverage;
	RETURN QUERY EXECUTE format($query$
		WITH bound AS (SELECT b.band, b.lower, rank() OVER (ORDER BY b.lower) AS rank FROM jsonb_to_recordset($2) AS b(band text, lower numeric)),
		child AS (
			SELECT format('%%s', r.%1$I) AS parent, h.customer, %2$s AS weight, h.score, coalesce(h.low, 0) AS low, coalesce(h.high, 100) AS high,
				h.coverage, h.band, b.rank
			FROM %3$s AS r JOIN pulse.healths AS h ON h.model = $1 AND h.customer = format('%%s', r.%4$I) LEFT JOIN bound AS b ON b.band = h.band
			WHERE r.%1$I IS NOT NULL),
		parent AS (
			SELECT c.parent, count(*) AS children, count(*) FILTER (WHERE c.score IS NULL) AS unknown,
				round(sum(c.weight * c.score) / nullif(sum(c.weight) FILTER (WHERE c.score IS NOT NULL), 0), 2) AS score,
				round(sum(c.weight * c.low) / nullif(sum(c.weight), 0), 2) AS low, round(sum(c.weight * c.high) / nullif(sum(c.weight), 0), 2) AS high,
				floor(sum(c.weight * c.coverage) / nullif(sum(c.weight), 0))::integer AS coverage,
				(array_agg(c.customer ORDER BY c.rank, c.score, c.customer) FILTER (WHERE c.rank IS NOT NULL))[1] AS worst_child,
				(array_agg(c.band ORDER BY c.rank, c.score, c.customer) FILTER (WHERE c.rank IS NOT NULL))[1] AS worst_band,
				round(avg((c.rank IS NOT DISTINCT FROM 1)::int), 4) AS share_worst
			FROM child AS c GROUP BY c.parent)
		SELECT p.parent, p.children, p.unknown, p.score, p.low, p.high, p.coverage,
			CASE WHEN p.score IS NULL OR (p.coverage < $3 AND (SELECT max(b.rank) FROM bound AS b WHERE b.lower <= p.low)
					<> (SELECT max(b.rank) FROM bound AS b WHERE b.lower <= p.high)) THEN 'grey'
				ELSE (SELECT b.band FROM bound AS b WHERE b.lower <= p.score ORDER BY b.lower DESC LIMIT 1) END,
			p.worst_child, p.worst_band, p.share_worst
		FROM parent AS p ORDER BY p.parent $query$,
		parent, CASE WHEN weight IS NULL THEN '1' ELSE format('coalesce(r.%I::numeric, 0)', weight) END, relation, child)
	USING model, bands, minimum;
END
$$;
REVOKE ALL ON FUNCTION pulse.parent_health(text, regclass, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.parent_health(text, regclass, text, text, text) TO pulse_admin, pulse_author, pulse_analyst, pulse_app;
COMMENT ON FUNCTION pulse.parent_health(text, regclass, text, text, text) IS
'Health of parents (groups, regions, account managers) from the stored health of their children. relation: a table or view of the caller''s with the columns child (the key of a stored customer), parent and, where given, weight. Per parent: how many children, of how many the score is unknown; score, low and high as means by weight (an unknown child is 0 in low, 100 in high and not in the score), coverage, the band that the model gives such a score (grey as for a customer), the worst child by band, then score, with its band, and the share of children in the lowest band, from 0 to 1. Errors: SP304 not stored, 42703 unknown column, 42804 a weight that is no number.';

CREATE OR REPLACE FUNCTION pulse_internal.parent_turn_add(state internal, bands text, model text, version integer, inputs jsonb, weight numeric,
		set_score numeric, set_until timestamptz, since timestamptz, until timestamptz) RETURNS internal
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_parent_turn_add';
REVOKE ALL ON FUNCTION pulse_internal.parent_turn_add(internal, text, text, integer, jsonb, numeric, numeric, timestamptz, timestamptz, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.parent_turn_add(internal, text, text, integer, jsonb, numeric, numeric, timestamptz, timestamptz, timestamptz)
	TO pulse_admin, pulse_author, pulse_analyst, pulse_app;
CREATE OR REPLACE FUNCTION pulse_internal.parent_turn(state internal) RETURNS timestamptz
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_parent_turn';
REVOKE ALL ON FUNCTION pulse_internal.parent_turn(internal) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.parent_turn(internal) TO pulse_admin, pulse_author, pulse_analyst, pulse_app;

CREATE OR REPLACE FUNCTION pulse.parent_next_change(model text, relation regclass, child text, parent text, weight text DEFAULT NULL,
		until timestamptz DEFAULT NULL, OUT parent_key text, OUT next_change timestamptz) RETURNS SETOF record
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	source integer := pulse_internal.stored_source(model);
	now_at timestamptz := pulse.clock();
BEGIN
	PERFORM pulse_internal.require_parent_columns(relation, child, parent, weight);
	RETURN QUERY EXECUTE format($query$
		SELECT format('%%s', r.%1$I), pulse_internal.parent_turn($2, m.name, c.version, c.inputs, %2$s, o.score, o.until, $3, $4)
		FROM %3$s AS r
		JOIN pulse_internal.health_current AS c ON c.source_id = $1 AND c.customer = format('%%s', r.%4$I)
		JOIN pulse_internal.model AS m ON m.model_id = c.model_id
		LEFT JOIN pulse_internal.health_override AS o ON o.source_id = c.source_id AND o.customer = c.customer
			AND pulse_internal.is_in_force(o.since, o.until, $3)
		WHERE r.%1$I IS NOT NULL GROUP BY 1 ORDER BY 1 $query$,
		parent, CASE WHEN weight IS NULL THEN '1' ELSE format('coalesce(r.%I::numeric, 0)', weight) END, relation, child)
	USING source, model, now_at, coalesce(until, now_at + interval '31 days');
END
$$;
REVOKE ALL ON FUNCTION pulse.parent_next_change(text, regclass, text, text, text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.parent_next_change(text, regclass, text, text, text, timestamptz) TO pulse_admin, pulse_author, pulse_analyst, pulse_app;
COMMENT ON FUNCTION pulse.parent_next_change(text, regclass, text, text, text, timestamptz) IS
'When the band that parent_health() gives a parent will be another one if nothing happens, from what is known of all its children: dates that age, values that expire, overrides that end; NULL: not until the instant given (31 days from now). A band that leaves and comes back within an hour is not seen. Other arguments and errors as of parent_health().';
