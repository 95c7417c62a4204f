-- ---- report: what came of a pilot ---------------------------------------------------------

-- Means before and after, and the interval of their difference, by the way that
-- the figures allow: members before and after; the same against a control; or
-- means of blocks of days.
CREATE OR REPLACE FUNCTION pulse_internal.pilot_effect(pilot_id int, as_of date, OUT method text, OUT members bigint, OUT days bigint,
		OUT n_before bigint, OUT n_after bigint, OUT before_mean double precision, OUT after_mean double precision,
		OUT difference double precision, OUT low double precision, OUT high double precision)
	LANGUAGE plpgsql STABLE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	pilot pulse_internal.pilot;
BEGIN
	SELECT p.* INTO pilot FROM pulse_internal.pilot AS p WHERE p.pilot_id = pilot_effect.pilot_id;
	as_of := least(as_of + 1, pilot.until);		-- the day after the last that counts
	IF pilot.by_member THEN
		WITH then_and_now AS (
			SELECT b.member, b.control, avg(b.value) AS value, 1 AS phase, NULL::bigint AS days FROM pulse_internal.pilot_baseline AS b
			WHERE b.pilot_id = pilot.pilot_id GROUP BY 1, 2
			UNION ALL
			SELECT r.member, r.control, avg(r.value), 2, count(DISTINCT r.day) FROM pulse_internal.pilot_rows(pilot.name, pilot.started, as_of) AS r GROUP BY 1, 2
		), change AS (
			SELECT t.member, t.control, max(t.value) FILTER (WHERE t.phase = 1) AS before, max(t.value) FILTER (WHERE t.phase = 2) AS after, max(t.days) AS days
			FROM then_and_now AS t GROUP BY 1, 2 HAVING count(*) = 2
		), found AS (
			SELECT coalesce(array_agg(c.after - c.before ORDER BY c.member) FILTER (WHERE NOT c.control), '{}') AS changes,
				   coalesce(array_agg(c.after - c.before ORDER BY c.member) FILTER (WHERE c.control), '{}') AS control_changes,
				   count(*) FILTER (WHERE NOT c.control) AS members, max(c.days) FILTER (WHERE NOT c.control) AS days,
				   avg(c.before) FILTER (WHERE NOT c.control) AS before_mean, avg(c.after) FILTER (WHERE NOT c.control) AS after_mean
			FROM change AS c
		)
		SELECT CASE WHEN pilot.has_control THEN 'members against control' ELSE 'members before and after' END, f.members, f.days,
			   CASE WHEN pilot.has_control THEN cardinality(f.control_changes) ELSE f.members END, f.members, f.before_mean, f.after_mean,
			   i.difference, i.low, i.high
		INTO method, members, days, n_before, n_after, before_mean, after_mean, difference, low, high
		FROM found AS f, LATERAL (
			SELECT d.* FROM pulse.bootstrap_difference(f.control_changes, f.changes, pilot.level) AS d WHERE pilot.has_control
			UNION ALL
			SELECT m.* FROM pulse.bootstrap_mean(f.changes, pilot.level) AS m WHERE NOT pilot.has_control) AS i;
	ELSE
		WITH daily AS (
			SELECT 1 AS phase, b.day, (b.day - pilot.baseline_since) / pilot.block AS block, b.value FROM pulse_internal.pilot_baseline AS b
			WHERE b.pilot_id = pilot.pilot_id
			UNION ALL
			SELECT 2, r.day, (r.day - pilot.started) / pilot.block, r.value FROM pulse_internal.pilot_rows(pilot.name, pilot.started, as_of) AS r
		), block AS (
			-- a block that is less than half there would weigh as much as a whole one
			SELECT d.phase, d.block, avg(d.value) AS value FROM daily AS d GROUP BY 1, 2 HAVING count(*) * 2 >= pilot.block
		), found AS (
			SELECT coalesce(array_agg(b.value ORDER BY b.block) FILTER (WHERE b.phase = 1), '{}') AS before,
				   coalesce(array_agg(b.value ORDER BY b.block) FILTER (WHERE b.phase = 2), '{}') AS after
			FROM block AS b
		)
		SELECT format('means of %s days', pilot.block), 1, (SELECT count(*) FROM daily AS d WHERE d.phase = 2), cardinality(f.before), cardinality(f.after),
			   (SELECT avg(v) FROM unnest(f.before) AS v), (SELECT avg(v) FROM unnest(f.after) AS v), d.difference, d.low, d.high
		INTO method, members, days, n_before, n_after, before_mean, after_mean, difference, low, high
		FROM found AS f, LATERAL pulse.bootstrap_difference(f.before, f.after, pilot.level) AS d;
	END IF;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.pilot_effect(int, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.pilot_effect(int, date) TO pulse_admin, pulse_author, pulse_analyst;

-- an end of an interval as a figure; an infinite one is none
CREATE OR REPLACE FUNCTION pulse_internal.finite_figure(value double precision) RETURNS numeric
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN value > '-Infinity' AND value < 'Infinity' THEN value::numeric END;
REVOKE ALL ON FUNCTION pulse_internal.finite_figure(double precision) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.finite_figure(double precision) TO pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE FUNCTION pulse.pilot_report(name text, as_of date DEFAULT NULL, lang text DEFAULT NULL,
		OUT verdict text, OUT method text, OUT members bigint, OUT days bigint, OUT n_before bigint, OUT n_after bigint,
		OUT before_mean numeric, OUT after_mean numeric, OUT difference numeric, OUT low numeric, OUT high numeric, OUT relative numeric,
		OUT target_reached boolean, OUT gain numeric, OUT gain_low numeric, OUT gain_high numeric, OUT cost numeric,
		OUT roi numeric, OUT roi_low numeric, OUT roi_high numeric, OUT sentence text) RETURNS record
	LANGUAGE plpgsql STABLE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	pilot pulse_internal.pilot;
	effect record;
	zh boolean := coalesce(lang, pulse.setting('language')) = 'zh';
	side numeric;
	worth numeric;
BEGIN
	SELECT p.* INTO pilot FROM pulse_internal.pilot AS p WHERE p.name = pilot_report.name;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'SP754', MESSAGE = format('unknown pilot "%s"', pilot_report.name),
			DETAIL = 'There is no pilot of that name.', HINT = 'Look at SELECT name FROM pulse.pilots.';
	END IF;
	SELECT e.* INTO effect FROM pulse_internal.pilot_effect(pilot.pilot_id, coalesce(as_of, pulse.day_of(pulse.clock()) - 1)) AS e;
	method := effect.method;
	members := effect.members;
	days := coalesce(effect.days, 0);
	n_before := effect.n_before;
	n_after := effect.n_after;
	before_mean := pulse_internal.finite_figure(effect.before_mean);
	after_mean := pulse_internal.finite_figure(effect.after_mean);
	difference := pulse_internal.finite_figure(effect.difference);
	low := pulse_internal.finite_figure(effect.low);
	high := pulse_internal.finite_figure(effect.high);
	relative := difference * 100 / nullif(abs(before_mean), 0);
	target_reached := CASE pilot.direction WHEN 'up' THEN after_mean >= pilot.target ELSE after_mean <= pilot.target END;
	verdict := CASE WHEN low IS NULL AND high IS NULL THEN 'too little data'
		WHEN CASE pilot.direction WHEN 'up' THEN low > 0 ELSE high < 0 END THEN 'shown'
		WHEN CASE pilot.direction WHEN 'up' THEN high < 0 ELSE low > 0 END THEN 'worse' ELSE 'not shown' END;
	side := CASE pilot.direction WHEN 'up' THEN 1 ELSE -1 END;
	worth := pilot.value_per_unit * members * days * side;
	cost := pilot.cost;
	gain := round(difference * worth, 2);
	gain_low := round(CASE pilot.direction WHEN 'up' THEN low ELSE high END * worth, 2);
	gain_high := round(CASE pilot.direction WHEN 'up' THEN high ELSE low END * worth, 2);
	roi := round((gain - cost) * 100 / nullif(cost, 0), 1);
	roi_low := round((gain_low - cost) * 100 / nullif(cost, 0), 1);
	roi_high := round((gain_high - cost) * 100 / nullif(cost, 0), 1);
	sentence := CASE WHEN zh THEN
		format('%s：%s → %s', pilot.name, pulse.format_figure(before_mean, pilot.unit, NULL, 'zh'), pulse.format_figure(after_mean, pilot.unit, NULL, 'zh'))
		|| CASE verdict WHEN 'too little data' THEN '；数据太少，无法判断。'
			ELSE format('；效果 %s（%s %% 区间 %s 至 %s）：%s。', pulse.format_change(difference, pilot.unit, NULL, 'zh'), pilot.level * 100,
				pulse.format_change(low, pilot.unit, NULL, 'zh'), pulse.format_change(high, pilot.unit, NULL, 'zh'),
				CASE verdict WHEN 'shown' THEN '有效' WHEN 'worse' THEN '变差' ELSE '未显示效果' END) END
		|| coalesce(format(' 投入 %s，回报率 %s。', pulse.format_figure(cost, pilot.currency, 0, 'zh'),
			CASE verdict WHEN 'shown' THEN pulse.format_change(roi, 'relative', 0, 'zh') ELSE '未显示' END), '')
	ELSE
		format('%s: %s → %s', pilot.name, pulse.format_figure(before_mean, pilot.unit, NULL, 'en'), pulse.format_figure(after_mean, pilot.unit, NULL, 'en'))
		|| CASE verdict WHEN 'too little data' THEN '; too little data to say.'
			ELSE format('; effect %s (%s %% interval %s to %s): %s.', pulse.format_change(difference, pilot.unit, NULL, 'en'), pilot.level * 100,
				pulse.format_change(low, pilot.unit, NULL, 'en'), pulse.format_change(high, pilot.unit, NULL, 'en'), verdict) END
		|| coalesce(format(' Cost %s, return %s.', pulse.format_figure(cost, pilot.currency, 0, 'en'),
			CASE verdict WHEN 'shown' THEN pulse.format_change(roi, 'relative', 0, 'en') ELSE 'not shown' END), '')
	END;
END
$$;
REVOKE ALL ON FUNCTION pulse.pilot_report(text, date, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.pilot_report(text, date, text) TO pulse_admin, pulse_author, pulse_analyst;
COMMENT ON FUNCTION pulse.pilot_report(text, date, text) IS
'What came of a pilot up to as_of (NULL: yesterday): means before and after, their difference (against the control''s, where there is one) with its bootstrap interval, and the verdict: shown (the interval lies on the good side of zero), not shown (it includes zero), worse, too little data (fewer than three members or blocks on a side; low and high are NULL). gain: difference x value_per_unit x members x days, in the direction that is better, and its ends; roi: (gain - cost) / cost in percent. sentence: all of it in words, in the language asked for. The same data give the same answer. Errors: SP754 unknown pilot, and what its figures raise.';
