-- ---- report: charts ---------------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse.svg_line(labels text[], figures double precision[], title text DEFAULT NULL,
		unit text DEFAULT 'number', names text[] DEFAULT NULL, digits int DEFAULT NULL, lang text DEFAULT NULL,
		description text DEFAULT NULL, width int DEFAULT 360, height int DEFAULT NULL, standalone boolean DEFAULT true) RETURNS text
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_svg_line';
COMMENT ON FUNCTION pulse.svg_line(text[], double precision[], text, text, text[], int, text, text, int, int, boolean) IS
'Lines of one series, or of several (an array of arrays with their names), over labels from left to right; a NULL is a gap. An SVG text: title and a description in words (NULL: made from the figures) for those who do not see it, colours by CSS variables for light, dark and print, figures written by unit, digits and lang as format_figure() does, each also in data-value beside its mark. width and height are its own units. standalone false leaves the style sheet out (svg_style()), for a page of many. Errors: 22023 arrays that do not match, no figures, too many, unknown unit or language.';

CREATE OR REPLACE FUNCTION pulse.svg_bar(labels text[], figures double precision[], title text DEFAULT NULL,
		unit text DEFAULT 'number', names text[] DEFAULT NULL, digits int DEFAULT NULL, lang text DEFAULT NULL,
		description text DEFAULT NULL, width int DEFAULT 360, height int DEFAULT NULL, standalone boolean DEFAULT true) RETURNS text
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_svg_bar';
COMMENT ON FUNCTION pulse.svg_bar(text[], double precision[], text, text, text[], int, text, text, int, int, boolean) IS
'Lying bars from zero, one for each label, or one for each label and series. An SVG text: title and a description in words (NULL: made from the figures) for those who do not see it, colours by CSS variables for light, dark and print, figures written by unit, digits and lang as format_figure() does, each also in data-value beside its mark. width and height are its own units. standalone false leaves the style sheet out (svg_style()), for a page of many. Errors: 22023 arrays that do not match, no figures, too many, unknown unit or language.';

CREATE OR REPLACE FUNCTION pulse.svg_stack(labels text[], figures double precision[], title text DEFAULT NULL,
		unit text DEFAULT 'number', names text[] DEFAULT NULL, digits int DEFAULT NULL, lang text DEFAULT NULL,
		description text DEFAULT NULL, width int DEFAULT 360, height int DEFAULT NULL, standalone boolean DEFAULT true) RETURNS text
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_svg_stack';
COMMENT ON FUNCTION pulse.svg_stack(text[], double precision[], text, text, text[], int, text, text, int, int, boolean) IS
'Lying bars whose parts, one for each series, add up: figures[series][label]. Colours go from cool to dark, as from not due to long overdue; figures below zero are left out. An SVG text: title and a description in words (NULL: made from the figures) for those who do not see it, colours by CSS variables for light, dark and print, figures written by unit, digits and lang as format_figure() does, each also in data-value beside its mark. width and height are its own units. standalone false leaves the style sheet out (svg_style()), for a page of many. Errors: 22023 arrays that do not match, no figures, too many, unknown unit or language.';

CREATE OR REPLACE FUNCTION pulse.svg_funnel(labels text[], figures double precision[], title text DEFAULT NULL,
		unit text DEFAULT 'number', names text[] DEFAULT NULL, digits int DEFAULT NULL, lang text DEFAULT NULL,
		description text DEFAULT NULL, width int DEFAULT 360, height int DEFAULT NULL, standalone boolean DEFAULT true) RETURNS text
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_svg_funnel';
COMMENT ON FUNCTION pulse.svg_funnel(text[], double precision[], text, text, text[], int, text, text, int, int, boolean) IS
'Stages from top to bottom, each with its figure and its share of the stage before. An SVG text: title and a description in words (NULL: made from the figures) for those who do not see it, colours by CSS variables for light, dark and print, figures written by unit, digits and lang as format_figure() does, each also in data-value beside its mark. width and height are its own units. standalone false leaves the style sheet out (svg_style()), for a page of many. Errors: 22023 arrays that do not match, no figures, too many, unknown unit or language.';

CREATE OR REPLACE FUNCTION pulse.svg_heat_map(labels text[], figures double precision[], title text DEFAULT NULL,
		unit text DEFAULT 'number', names text[] DEFAULT NULL, digits int DEFAULT NULL, lang text DEFAULT NULL,
		description text DEFAULT NULL, width int DEFAULT 360, height int DEFAULT NULL, standalone boolean DEFAULT true) RETURNS text
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_svg_heat_map';
COMMENT ON FUNCTION pulse.svg_heat_map(text[], double precision[], text, text, text[], int, text, text, int, int, boolean) IS
'A table of cells, figures[row][column], rows called by names and columns by labels; the darker the more. An SVG text: title and a description in words (NULL: made from the figures) for those who do not see it, colours by CSS variables for light, dark and print, figures written by unit, digits and lang as format_figure() does, each also in data-value beside its mark. width and height are its own units. standalone false leaves the style sheet out (svg_style()), for a page of many. Errors: 22023 arrays that do not match, no figures, too many, unknown unit or language.';

CREATE OR REPLACE FUNCTION pulse.svg_calendar(since date, figures double precision[], title text DEFAULT NULL,
		unit text DEFAULT 'number', names text[] DEFAULT NULL, digits int DEFAULT NULL, lang text DEFAULT NULL,
		description text DEFAULT NULL, width int DEFAULT 360, height int DEFAULT NULL, standalone boolean DEFAULT true) RETURNS text
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_svg_calendar';
COMMENT ON FUNCTION pulse.svg_calendar(date, double precision[], text, text, text[], int, text, text, int, int, boolean) IS
'One square a day from "since" on, weeks from left to right, Monday on top, the darker the more; a NULL is an outline. Otherwise as svg_line().';

CREATE OR REPLACE FUNCTION pulse.svg_sparkline(figures double precision[], title text DEFAULT NULL, lang text DEFAULT NULL) RETURNS text
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_svg_sparkline';
COMMENT ON FUNCTION pulse.svg_sparkline(double precision[], text, text) IS
'A line the size of a word, without axes, its last point marked. Errors: 22023 no figures, unknown language.';

CREATE OR REPLACE FUNCTION pulse_internal.sparkline_final(double precision[]) RETURNS text
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_sparkline_final';
REVOKE ALL ON FUNCTION pulse_internal.sparkline_final(double precision[]) FROM PUBLIC;

CREATE OR REPLACE FUNCTION pulse.svg_style() RETURNS text
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_svg_style';
COMMENT ON FUNCTION pulse.svg_style() IS
'The style sheet of charts that are not standalone: variables for paper, ink and colours in light, dark and print, and the classes that use them.';
