-- ---- rollup: dimensions that are assigned, with dates ------------------------------------

CREATE OR REPLACE FUNCTION pulse.create_assigned_view(name text, rollup text, dimension text, relation regclass,
		key_column text, value_column text, since_column text, until_column text DEFAULT NULL,
		grain text DEFAULT 'day', view_schema text DEFAULT NULL) RETURNS regclass
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	known record;
	source record;
	target text;
	keys text[];
	measures text[];
	period text := 'r.period';
	made regclass;
	missing text;
BEGIN
	IF num_nulls(name, rollup, dimension, relation, key_column, value_column, since_column, grain) > 0 THEN
		RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = 'an argument of create_assigned_view() that it needs is null',
			DETAIL = 'Only until_column and view_schema may be.',
			HINT = 'Type pulse.create_assigned_view(''sales_by_region'', ''daily_sales'', ''store'', ''app.store_region'', ''store'', ''region'', since_column => ''since'').';
	END IF;
	SELECT r.* INTO known FROM pulse.rollups AS r WHERE r.name = create_assigned_view.rollup;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'SP701', MESSAGE = format('unknown rollup "%s"', rollup),
			DETAIL = 'No rollup has that name.', HINT = 'Look at SELECT name FROM pulse.rollups.';
	END IF;
	IF known.grain <> 'day' THEN
		RAISE EXCEPTION USING ERRCODE = 'feature_not_supported', MESSAGE = format('rollup "%s" is by %s', rollup, known.grain),
			DETAIL = 'An assignment may change within a period; only a day counts whole.', HINT = 'Name a rollup of days; the view may have a coarser grain.';
	END IF;
	IF NOT dimension = ANY (known.dimensions) THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_column', MESSAGE = format('"%s" is no dimension of rollup "%s"', dimension, rollup),
			DETAIL = 'What is assigned is a value of a dimension, such as a store.', HINT = 'Look at SELECT dimensions FROM pulse.rollups.';
	END IF;
	IF grain NOT IN ('day', 'week', 'month') THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('unknown grain "%s"', grain),
			DETAIL = 'A period is a day, a week that begins on Monday, or a month.', HINT = 'Type ''day'', ''week'' or ''month''.';
	END IF;
	SELECT c.column_name INTO missing
	FROM unnest(ARRAY[key_column, value_column, since_column, until_column]) AS c(column_name)
	WHERE c.column_name IS NOT NULL AND NOT EXISTS (SELECT FROM pg_attribute AS a
		WHERE a.attrelid = relation AND a.attname = c.column_name AND a.attnum > 0 AND NOT a.attisdropped);
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_column', MESSAGE = format('column "%s" of %s does not exist', missing, relation),
			DETAIL = 'Assignments are read from there.', HINT = format('Type the name as \d %s shows it.', relation);
	END IF;

	IF grain <> 'day' THEN
		period := format('date_trunc(%L, r.period::timestamp)::date', grain);
	END IF;
	-- keys that stay, and what can be added up
	SELECT array_agg(format('r.%I', a.attname) ORDER BY a.attnum) FILTER (WHERE NOT a.attname LIKE 'sum\_%' AND a.attname <> 'count'
				AND (a.attname = ANY (known.dimensions) OR a.attname = 'currency')),
		   array_agg(format(CASE WHEN a.atttypid = 'pulse.amount'::regtype THEN 'pulse.sum(r.%1$I) AS %1$I'
				WHEN a.attname = 'count' OR a.atttypid = 'bigint'::regtype THEN 'sum(r.%1$I)::bigint AS %1$I'
				ELSE 'sum(r.%1$I) AS %1$I' END, a.attname) ORDER BY a.attnum)
				FILTER (WHERE a.attname = 'count' OR a.attname IN (
					SELECT 'sum_' || s.column_name FROM pulse_internal.rollup AS d, unnest(d.sums) AS s(column_name) WHERE d.name = known.name))
	INTO keys, measures
	FROM pg_attribute AS a
	WHERE a.attrelid = known.view_name AND a.attnum > 0 AND NOT a.attisdropped AND a.attname NOT IN ('period', dimension);
	IF measures IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'feature_not_supported', MESSAGE = format('rollup "%s" has nothing that can be added up', rollup),
			DETAIL = 'Counts and sums of stores make those of a region; other measures do not.', HINT = 'Make a rollup with count or sum(column).';
	END IF;
	target := format('%I.%I', coalesce(view_schema, (SELECT n.nspname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
		WHERE c.oid = known.view_name)), name);
	-- at most one assignment counts on a day, the latest, so that nothing is counted twice or lost
	EXECUTE format('CREATE VIEW %s AS SELECT %s AS period, a.%I%s, %s FROM %s AS r LEFT JOIN LATERAL ('
		'SELECT s.%I FROM %s AS s WHERE s.%I = r.%I AND s.%I <= r.period%s ORDER BY s.%I DESC, s.%I LIMIT 1) AS a ON true GROUP BY %s, a.%I%s',
		target, period, value_column, coalesce(', ' || array_to_string(keys, ', '), ''), array_to_string(measures, ', '), known.view_name::text,
		value_column, relation::text, key_column, dimension, since_column,
		CASE WHEN until_column IS NULL THEN '' ELSE format(' AND (s.%1$I IS NULL OR s.%1$I > r.period)', until_column) END,
		since_column, value_column, period, value_column, coalesce(', ' || array_to_string(keys, ', '), ''));
	made := target::regclass;
	EXECUTE format('COMMENT ON VIEW %s IS %L', target, format('%s by %s, each %s counting for the %s that it was assigned to on the day.',
		rollup, value_column, dimension, value_column));
	RETURN made;
END
$$;
REVOKE ALL ON FUNCTION pulse.create_assigned_view(text, text, text, regclass, text, text, text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.create_assigned_view(text, text, text, regclass, text, text, text, text, text, text)
	TO pulse_admin, pulse_analyst;
COMMENT ON FUNCTION pulse.create_assigned_view(text, text, text, regclass, text, text, text, text, text, text) IS
'Makes an ordinary view of a rollup of days by what the values of a dimension are assigned to, such as stores to regions, each day counting for the assignment of that day: rows of relation with key_column, value_column, since_column and perhaps until_column (the first day that no longer counts; a null has no bound); of several that hold, the latest since counts. Days without an assignment have a null. Counts and sums only; grain day, week or month. Returns the view. Errors: SP701 unknown rollup, 42703 unknown dimension or column, 0A000 a rollup that is not of days or has nothing to add up, 22023 unknown grain, 22004 a null, 42P07 the name is taken.';
