-- charts: what SQL adds to their core, which test/unit checks
SELECT pulse.svg_line('{Mon,Tue,Wed}', '{1,NULL,3}', 'Sales', 'count', lang => 'en') ~ '^<svg xmlns.*<title>Sales</title><desc>3 figures, from 1 to 3; last Wed 3\.</desc><style>.*</svg>$' AS line;
SELECT f.name, length(f.svg) > 200 AS drawn, (xpath('name(/*)', f.svg::xml))[1] AS root
FROM (VALUES ('bar', pulse.svg_bar('{a,b}', '{{1,2},{3,4}}', names => '{x,y}')),
			 ('stack', pulse.svg_stack('{a,b}', '{{1,2},{3,4}}', names => '{x,y}')),
			 ('funnel', pulse.svg_funnel('{a,b}', '{2,1}')),
			 ('heat_map', pulse.svg_heat_map('{a,b}', '{{1,2},{3,4}}', names => '{x,y}')),
			 ('calendar', pulse.svg_calendar('2026-01-01', '{1,2,3}')),
			 ('sparkline', pulse.svg_sparkline('{1,2,3}'))) AS f(name, svg) ORDER BY 1;
-- the figures beside the marks are the figures given
SELECT array_agg(v::text ORDER BY n) AS marks
FROM unnest(xpath('//s:rect/@data-value', pulse.svg_bar('{a,b,c}', '{0.1,-20,3e10}')::xml, '{{s,http://www.w3.org/2000/svg}}')) WITH ORDINALITY AS x(v, n);
-- without its own style, inside a page
SELECT pulse.svg_line('{a}', '{1}', standalone => false) LIKE '<svg class="sp-chart%' AS embedded, pulse.svg_style() LIKE '%prefers-color-scheme:dark%' AS dark;
-- over rows
SELECT g.k, pulse.sparkline(i * g.k ORDER BY i) ~ 'data-value="(5|10)"' AS ends FROM generate_series(1, 2) AS g(k), generate_series(1, 5) AS i GROUP BY g.k ORDER BY 1;
SELECT pulse.sparkline(NULL) IS NULL AS nothing FROM generate_series(1, 0);
SELECT (xpath('//s:text[contains(@class, "sp-t")]/text()', pulse.svg_aging('{north}', ARRAY[(SELECT pulse.aging(a, d, date '2026-06-30')
	FROM (VALUES (100.0, date '2026-07-05'), (40, '2026-06-10'), (7, '2026-01-01')) AS v(a, d))], lang => 'zh')::xml, '{{s,http://www.w3.org/2000/svg}}'))::text AS legend;
-- a hostile name stays text
SELECT pulse.svg_bar(ARRAY['<script>alert(1)</script>'], '{1}', '"><script>') LIKE '%<script%' AS broken_out;
-- each bad input says what is wrong with it
SELECT pulse.svg_line('{a,b}', '{1}');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.svg_line('{a}', '{}');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.svg_line(NULL, '{1}');
SELECT pulse.svg_line('{a}', '{1}', unit => 'florins');
SELECT pulse.svg_line('{a}', '{1}', names => '{a,b}');
SELECT pulse.svg_line('{a}', '{1}', width => 3);
SELECT pulse.svg_calendar('infinity', '{1}');
SELECT pulse.svg_calendar('2026-01-01', '{{1},{2}}');
SELECT pulse.svg_line(array_agg(''::text), array_agg(0)) FROM generate_series(1, 5001);
SELECT pulse.svg_line('{a}', '{{{1}}}');
