-- ---- health: models judged by what happened afterwards ---------------------------------

-- Who may score may judge, so nothing here names what only roles of pulse may look up.

-- Per row and horizon: the health of a row as it was at its instant, and what became of it.  A horizon counts where all of
-- it was observed, whatever happened: else what happened early would count, and what did not happen would not.
CREATE OR REPLACE FUNCTION pulse_internal.judged_rows(name text, relation regclass, happened text, scored_at text, horizons integer[],
		known_until timestamptz, OUT horizon integer, OUT health pulse.health, OUT bad boolean, OUT is_censored boolean, OUT is_past boolean,
		OUT is_late boolean) RETURNS SETOF record
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	zone text := pulse.setting('timezone');
	part record;
	instant text;
	outcome text;
	late text := 'false';
BEGIN
	IF num_nulls(name, relation, happened, scored_at, horizons) > 0 OR array_position(horizons, NULL) IS NOT NULL OR cardinality(horizons) = 0
			OR EXISTS (SELECT FROM unnest(horizons) AS h WHERE h NOT BETWEEN 1 AND 36500) THEN
		RAISE EXCEPTION USING ERRCODE = 'SP302', MESSAGE = 'a model is judged by an outcome, an instant, and horizons of 1 to 36500 days',
			DETAIL = format('The horizons are %s.', coalesce(horizons::text, 'null')),
			HINT = 'Type for instance evaluate_model(''churn'', ''app.snapshot'', happened => ''left_on'', scored_at => ''taken_on'', horizons => ''{30,60,90}'').';
	END IF;
	FOR part IN
		SELECT c.name, c.purpose, CASE coalesce(nullif(t.typbasetype, 0), t.oid)::regtype::text WHEN 'timestamp with time zone' THEN format('"pulse row".%I', c.name)
			WHEN 'date' THEN format('("pulse row".%I::timestamp AT TIME ZONE %L)', c.name, zone)
			WHEN 'timestamp without time zone' THEN format('("pulse row".%I AT TIME ZONE %L)', c.name, zone) END AS instant
		FROM (SELECT happened AS name, 'happened' AS purpose UNION ALL SELECT scored_at, 'scored'
			UNION ALL SELECT DISTINCT e.measured_at, 'measured' FROM pulse.explain_model(judged_rows.name) AS e WHERE e.measured_at IS NOT NULL) AS c
		LEFT JOIN pg_attribute AS a ON a.attrelid = relation AND a.attname = c.name AND a.attnum > 0 AND NOT a.attisdropped
		LEFT JOIN pg_type AS t ON t.oid = a.atttypid
		ORDER BY c.purpose = 'measured'
	LOOP
		IF part.instant IS NULL THEN
			RAISE EXCEPTION USING ERRCODE = 'SP302', MESSAGE = format('"%s" is not a date or timestamp of %s', part.name, relation),
				DETAIL = CASE part.purpose WHEN 'happened' THEN 'It is to say when the outcome happened.' WHEN 'scored' THEN 'It is to say when a row is scored.'
					ELSE 'It is to say when a value was measured.' END,
				HINT = 'Give a table or view that has it as a column.';
		END IF;
		CASE part.purpose WHEN 'happened' THEN outcome := part.instant; WHEN 'scored' THEN instant := part.instant;
		ELSE late := format('%s OR coalesce(%s > %s, false)', late, part.instant, instant); END CASE;
	END LOOP;
	RETURN QUERY EXECUTE format($q$
		SELECT h.horizon, s.health, coalesce(s.happened_at <= e.ends, false), e.ends > $2, coalesce(s.happened_at <= s.at, false), s.is_late
		FROM (SELECT %1$s AS at, %2$s AS happened_at, %3$s AS is_late, pulse.health(%4$L, "pulse row", %1$s) AS health FROM %5$s AS "pulse row" WHERE %1$s IS NOT NULL OFFSET 0) AS s,
			(SELECT DISTINCT unnest($1) AS horizon) AS h,
			LATERAL (SELECT ((s.at AT TIME ZONE %6$L) + make_interval(days => h.horizon)) AT TIME ZONE %6$L AS ends) AS e $q$,
		instant, outcome, late, name, relation, zone) USING horizons, coalesce(known_until, pulse.clock());
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.judged_rows(text, regclass, text, text, integer[], timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.judged_rows(text, regclass, text, text, integer[], timestamptz) TO PUBLIC;

CREATE OR REPLACE FUNCTION pulse_internal.judged_rows(name text, relation regclass, outcome text, OUT health pulse.health, OUT bad boolean) RETURNS SETOF record
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT pulse.health(%L, "pulse row"), "pulse row".%I::boolean FROM %s AS "pulse row" WHERE "pulse row".%2$I IS NOT NULL', name, outcome, relation);
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.judged_rows(text, regclass, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.judged_rows(text, regclass, text) TO PUBLIC;

-- An outcome that the model reads would be told by itself.
CREATE OR REPLACE FUNCTION pulse_internal.check_outcome(name text, outcome text, boolean_of regclass DEFAULT NULL) RETURNS boolean
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	reader text;
BEGIN
	IF NOT EXISTS (SELECT FROM pulse.models AS m WHERE m.name = check_outcome.name) THEN
		RAISE EXCEPTION USING ERRCODE = 'SP303', MESSAGE = format('unknown health model "%s"', name), DETAIL = 'There is no health model of that name.',
			HINT = 'Look at SELECT name FROM pulse.models, or make one with pulse.create_model().';
	END IF;
	IF boolean_of IS NOT NULL AND NOT EXISTS (SELECT FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
			WHERE a.attrelid = boolean_of AND a.attname = outcome AND NOT a.attisdropped AND 'boolean'::regtype IN (t.oid, t.typbasetype)) THEN
		RAISE EXCEPTION USING ERRCODE = 'SP302', MESSAGE = format('outcome "%s" is not a boolean column', outcome),
			DETAIL = format('%s must have it; true is what health is to warn of.', boolean_of),
			HINT = 'Give a view that has it as a boolean, or a date of the outcome with scored_at and horizons.';
	END IF;
	SELECT x.reader INTO reader FROM (
		SELECT e.dimension AS reader, e.column_name FROM pulse.explain_model(name) AS e UNION ALL SELECT e.dimension, e.measured_at FROM pulse.explain_model(name) AS e
		UNION ALL SELECT v.veto, v.column_name FROM pulse.explain_vetoes(name) AS v) AS x WHERE x.column_name = outcome LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'SP302', MESSAGE = format('health model "%s" reads the outcome "%s"', name, outcome),
			DETAIL = format('"%s" would tell what it is to be judged by.', reader), HINT = 'Judge a model by what it does not read.';
	END IF;
	RETURN true;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.check_outcome(text, text, regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.check_outcome(text, text, regclass) TO PUBLIC;

CREATE OR REPLACE FUNCTION pulse_internal.evaluate_rows(name text, relation regclass, outcome text) RETURNS double precision[]
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	figures double precision[];
BEGIN
	EXECUTE format('SELECT pulse.evaluation(pulse.health(%L, "pulse row"), "pulse row".%I) FROM %s AS "pulse row"', name, outcome, relation) INTO figures;
	IF figures[1] = 0 OR figures[2] = 0 OR figures IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'SP302', MESSAGE = format('outcome "%s" has only one class', outcome),
			DETAIL = format('Of the rows of %s that have a score and an outcome, it is true for %s and false for %s.', relation,
				coalesce(figures[2], 0), coalesce(figures[1], 0)),
			HINT = 'Judge by rows of which some turned out badly and some did not; the aggregate pulse.evaluation(health, outcome) takes any.';
	END IF;
	RETURN figures;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.evaluate_rows(text, regclass, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.evaluate_rows(text, regclass, text) TO PUBLIC;

CREATE OR REPLACE FUNCTION pulse.evaluate_model(name text, relation regclass, outcome text, OUT good bigint, OUT bad bigint,
		OUT auc numeric, OUT ks numeric, OUT brier numeric, OUT lift numeric) RETURNS record
	LANGUAGE sql STABLE STRICT
BEGIN ATOMIC
	SELECT e.figures[1]::bigint, e.figures[2]::bigint, round(e.figures[3]::numeric, 6), round(e.figures[4]::numeric, 6),
		round(e.figures[5]::numeric, 6), round(e.figures[6]::numeric, 6)
	FROM (SELECT CASE WHEN pulse_internal.check_outcome(evaluate_model.name, evaluate_model.outcome, evaluate_model.relation)
		THEN pulse_internal.evaluate_rows(evaluate_model.name, evaluate_model.relation, evaluate_model.outcome) END AS figures OFFSET 0) AS e;
END;
COMMENT ON FUNCTION pulse.evaluate_model(text, regclass, text) IS
'How well a model tells outcomes apart, over the rows of a table or view with the boolean column outcome (true is bad; rows without a score or an outcome are left out): auc, the chance that a bad row scores below a good one, ties half; ks, the greatest distance between the two distributions; brier, the mean square error of 1 - score/100 taken as the chance of bad; lift, the share of bad among the lowest tenth of the scores, as a multiple of the share among all. Give rows as they were before the outcome, and others than those that the model was fitted to. Errors as health(), SP302 an outcome with one class, or a model that reads it.';

CREATE OR REPLACE FUNCTION pulse.evaluate_model(name text, relation regclass, happened text, scored_at text, horizons integer[] DEFAULT '{30,60,90}',
		known_until timestamptz DEFAULT NULL, OUT horizon integer, OUT good bigint, OUT bad bigint, OUT auc numeric, OUT ks numeric, OUT brier numeric,
		OUT lift numeric, OUT censored bigint, OUT past bigint, OUT late bigint) RETURNS SETOF record
	LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT e.horizon, coalesce(e.figures[1], 0)::bigint, coalesce(e.figures[2], 0)::bigint, round(e.figures[3]::numeric, 6), round(e.figures[4]::numeric, 6),
		round(e.figures[5]::numeric, 6), round(e.figures[6]::numeric, 6), e.censored, e.past, e.late
	FROM (SELECT j.horizon, pulse.evaluation(j.health, j.bad) FILTER (WHERE NOT (j.is_late OR j.is_past OR j.is_censored)) AS figures,
			count(*) FILTER (WHERE j.is_censored AND NOT (j.is_late OR j.is_past)) AS censored,
			count(*) FILTER (WHERE j.is_past AND NOT j.is_late) AS past, count(*) FILTER (WHERE j.is_late) AS late
		FROM pulse_internal.judged_rows(evaluate_model.name, evaluate_model.relation, evaluate_model.happened, evaluate_model.scored_at,
			evaluate_model.horizons, evaluate_model.known_until) AS j
		WHERE pulse_internal.check_outcome(evaluate_model.name, evaluate_model.happened)
		GROUP BY j.horizon) AS e
	ORDER BY e.horizon;
END;
COMMENT ON FUNCTION pulse.evaluate_model(text, regclass, text, text, integer[], timestamptz) IS
'How well a model tells ahead what happens within so many days, per horizon, with no look-ahead. relation: a table or view of rows as they were at the date or timestamp in column scored_at; happened: the column with the date or timestamp of the outcome (NULL: it has not happened). Each row is scored at its own instant, and is bad where the outcome came after it and at most so many calendar days later (of the business time zone; a date is its midnight). good and bad count rows with a score whose whole horizon lies before known_until (default: now); where one of them is 0 there is nothing to tell apart, and the figures are NULL. The others are left out, whatever has happened yet: censored, their horizon was still running; past, the outcome had come before; late, a value was measured after the instant (measured_at of a dimension). auc, ks, brier and lift as of evaluate_model(name, relation, outcome). Errors as health(); SP302 other columns or horizons, or an outcome that the model reads.';

-- Outcomes per horizon and band, from the lowest band up; grey, which is no band of the model, last.
CREATE OR REPLACE FUNCTION pulse_internal.confused_bands(name text, horizons integer[], healths pulse.health[], outcomes boolean[],
		OUT horizon integer, OUT band text, OUT good bigint, OUT bad bigint, OUT bad_share numeric,
		OUT lift numeric, OUT caught numeric, OUT accuracy numeric) RETURNS SETOF record
	LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT c.horizon, c.band, c.good, c.bad, round(c.bad / (c.good + c.bad)::numeric, 6),
		round(c.bad * c.all_rows / ((c.good + c.bad) * nullif(c.all_bad, 0)), 6), round(c.bad / nullif(c.all_bad, 0), 6),
		CASE WHEN c.lower IS NOT NULL THEN round((c.bad_so_far + c.banded_good - c.good_so_far) / c.banded_rows, 6) END
	FROM (
		SELECT b.horizon, b.band, b.lower, b.good, b.bad, sum(b.bad) OVER every AS all_bad, sum(b.good + b.bad) OVER every AS all_rows,
			sum(b.bad) OVER upwards AS bad_so_far, sum(b.good) OVER upwards AS good_so_far,
			sum(b.good) FILTER (WHERE b.lower IS NOT NULL) OVER every AS banded_good,
			sum(b.good + b.bad) FILTER (WHERE b.lower IS NOT NULL) OVER every AS banded_rows
		FROM (
			SELECT j.horizon, pulse.band(j.health) AS band, k.lower, count(*) FILTER (WHERE NOT j.bad) AS good, count(*) FILTER (WHERE j.bad) AS bad
			FROM ROWS FROM (unnest(confused_bands.horizons), unnest(confused_bands.healths), unnest(confused_bands.outcomes)) AS j(horizon, health, bad)
			LEFT JOIN (SELECT l.band, l.lower FROM pulse_internal.model AS m
				JOIN pulse_internal.model_band AS l ON l.model_id = m.model_id AND l.version = m.version
				WHERE m.name = confused_bands.name) AS k ON k.band = pulse.band(j.health)
			GROUP BY 1, 2, 3) AS b
		WINDOW every AS (PARTITION BY b.horizon), upwards AS (PARTITION BY b.horizon ORDER BY b.lower)) AS c
	ORDER BY c.horizon, c.lower;
END;
REVOKE ALL ON FUNCTION pulse_internal.confused_bands(text, integer[], pulse.health[], boolean[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.confused_bands(text, integer[], pulse.health[], boolean[]) TO PUBLIC;

CREATE OR REPLACE FUNCTION pulse.confusion(name text, relation regclass, happened text, scored_at text, horizons integer[] DEFAULT '{30,60,90}',
		known_until timestamptz DEFAULT NULL, OUT horizon integer, OUT band text, OUT good bigint, OUT bad bigint, OUT bad_share numeric,
		OUT lift numeric, OUT caught numeric, OUT accuracy numeric) RETURNS SETOF record
	LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT c.horizon, c.band, c.good, c.bad, c.bad_share, c.lift, c.caught, c.accuracy
	FROM (SELECT array_agg(j.horizon) AS horizons, array_agg(j.health) AS healths, array_agg(j.bad) AS outcomes
		FROM pulse_internal.judged_rows(confusion.name, confusion.relation, confusion.happened, confusion.scored_at, confusion.horizons,
			confusion.known_until) AS j
		WHERE pulse_internal.check_outcome(confusion.name, confusion.happened) AND NOT (j.is_late OR j.is_past OR j.is_censored)) AS a,
		LATERAL pulse_internal.confused_bands(confusion.name, a.horizons, a.healths, a.outcomes) AS c;
END;
COMMENT ON FUNCTION pulse.confusion(text, regclass, text, text, integer[], timestamptz) IS
'Outcomes per horizon and band, of the rows that evaluate_model(name, relation, happened, scored_at, horizons, known_until) counts, and of those without a score; the columns are those of confusion(name, relation, outcome).';

CREATE OR REPLACE FUNCTION pulse.confusion(name text, relation regclass, outcome text, OUT band text, OUT good bigint, OUT bad bigint,
		OUT bad_share numeric, OUT lift numeric, OUT caught numeric, OUT accuracy numeric) RETURNS SETOF record
	LANGUAGE sql STABLE STRICT
BEGIN ATOMIC
	SELECT c.band, c.good, c.bad, c.bad_share, c.lift, c.caught, c.accuracy
	FROM (SELECT array_agg(0) AS horizons, array_agg(j.health) AS healths, array_agg(j.bad) AS outcomes
		FROM pulse_internal.judged_rows(confusion.name, confusion.relation, confusion.outcome) AS j
		WHERE pulse_internal.check_outcome(confusion.name, confusion.outcome, confusion.relation)) AS a,
		LATERAL pulse_internal.confused_bands(confusion.name, a.horizons, a.healths, a.outcomes) AS c;
END;
COMMENT ON FUNCTION pulse.confusion(text, regclass, text) IS
'Outcomes per band, from the lowest up (grey last): how many rows of each band of a model turned out good and bad; bad_share: the share of bad among them; lift: that as a multiple of the share among all; caught: the share of all bad that lies in this band; accuracy: the share of the rows with a band (grey is none) that are told right where this band and those below it are taken as a warning. Arguments and errors as evaluate_model().';
