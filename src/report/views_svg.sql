-- ---- report: charts over rows --------------------------------------------------------

CREATE OR REPLACE AGGREGATE pulse.sparkline(value double precision) (
	SFUNC = pg_catalog.array_append, STYPE = double precision[],
	FINALFUNC = pulse_internal.sparkline_final, PARALLEL = restricted
);
COMMENT ON AGGREGATE pulse.sparkline(double precision) IS
'A line the size of a word over the rows of a group, as SVG: SELECT store, pulse.sparkline(total ORDER BY day) ... GROUP BY store. NULL is a gap.';

CREATE OR REPLACE FUNCTION pulse.svg_aging(labels text[], profiles pulse.aging_profile[], title text DEFAULT NULL,
		unit text DEFAULT 'number', digits int DEFAULT 0, lang text DEFAULT NULL, width int DEFAULT 360) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT pulse.svg_stack(svg_aging.labels, array_agg(b.figures ORDER BY b.bucket), svg_aging.title, svg_aging.unit,
		array_agg(CASE WHEN b.bucket > 0 THEN b.label WHEN coalesce(svg_aging.lang, pulse.setting('language')) = 'zh' THEN '未到期' ELSE 'not due' END ORDER BY b.bucket),
		svg_aging.digits, svg_aging.lang, NULL, svg_aging.width)
	FROM (SELECT f.bucket, min(f.label) AS label, array_agg(f.amount::double precision ORDER BY p.n) AS figures
		  FROM unnest(svg_aging.profiles) WITH ORDINALITY AS p(profile, n), LATERAL pulse.buckets(p.profile) AS f
		  WHERE f.bucket >= 0 GROUP BY f.bucket) AS b;
END;
COMMENT ON FUNCTION pulse.svg_aging(text[], pulse.aging_profile[], text, text, int, text, int) IS
'Aging profiles as stacked bars, one for each label, from not due to long overdue; credits are left out. All profiles must be of the same edges. Errors: as svg_line().';
