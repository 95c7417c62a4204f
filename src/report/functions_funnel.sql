-- ---- report: how far things come, and how long it takes ----------------------------------

CREATE OR REPLACE FUNCTION pulse.cycle_days(relation regclass, started text, finished text, grain text DEFAULT 'month', as_of date DEFAULT NULL,
		by text[] DEFAULT '{}', condition text DEFAULT NULL, cohort text DEFAULT 'started',
		OUT keys jsonb, OUT cohort_period text, OUT items bigint, OUT finished_items bigint, OUT open_items bigint,
		OUT median_days double precision, OUT mean_days double precision, OUT finished_mean_days double precision, OUT status text) RETURNS SETOF record
	LANGUAGE c STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_cycle_days';
COMMENT ON FUNCTION pulse.cycle_days(regclass, text, text, text, date, text[], text, text) IS
'Days from one date to another (a lead to its first payment) in a table or view with a row per thing: one row per period of a grain in which they started and value of the columns in "by". Open ones (finished NULL or after as_of, NULL: today) count as longer than they are old: median_days and mean_days are those of Kaplan and Meier. finished_mean_days is the plain average of the finished ones, too small while some are open. cohort => ''finished'' puts together what finished in a period instead; none is open there, and slow ones show up late. What started after as_of does not count. status: ok, short_history (less than half is finished within the ages seen; median_days is NULL), finished_only. started, finished, each of "by" and condition are columns or expressions, with your rights. Errors: 42703 and others from your expressions, 42804 no date, 22023 unusable grain or cohort, 22004 null.';

CREATE OR REPLACE FUNCTION pulse.funnel(relation regclass, stages text[], names text[] DEFAULT NULL, as_of date DEFAULT NULL,
		by text[] DEFAULT '{}', condition text DEFAULT NULL,
		OUT keys jsonb, OUT stage int, OUT name text, OUT entered bigint, OUT share_of_first numeric, OUT share_of_previous numeric,
		OUT waiting bigint, OUT median_days double precision) RETURNS SETOF record
	LANGUAGE c STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_funnel';
COMMENT ON FUNCTION pulse.funnel(regclass, text[], text[], date, text[], text) IS
'How many things of a table or view with a row per thing and a date per stage came how far by as_of (NULL: today): one row per stage, in the order of "stages" (columns or expressions, 2 to 12), and value of the columns in "by". entered: it, or a later stage, was reached (a skipped stage counts as passed); shares in percent; waiting: are in it now; median_days from it to the next, by Kaplan and Meier, so that those still waiting count as longer (NULL: fewer than half went on in the time seen). pulse.svg_funnel() draws it. For what began in a time: condition. Errors: 22023 unusable stages, 42804 no date, and those of your expressions.';
