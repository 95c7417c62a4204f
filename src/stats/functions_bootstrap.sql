-- ---- stats: how sure a difference is -------------------------------------------------

CREATE OR REPLACE FUNCTION pulse.bootstrap_difference(before double precision[], after double precision[],
		level double precision DEFAULT 0.95, seed bigint DEFAULT 1,
		OUT difference double precision, OUT low double precision, OUT high double precision)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100000 AS 'MODULE_PATHNAME', 'sp_bootstrap_difference';
COMMENT ON FUNCTION pulse.bootstrap_difference(double precision[], double precision[], double precision, bigint) IS
'The mean of after minus the mean of before, and the interval that holds the true difference in a share "level" of all cases: studentised bootstrap of 2000 resamples, extended to zero where a permutation test finds that chance differs as much too often. So a difference that is none is called one in at most 1 - level of all cases, also for few and skewed values. Fewer than three values on a side: an infinite interval. Nulls do not count. Values should not depend on each other: of days that do, give means of weeks. The same seed gives the same interval. Error 22023: a value that is not finite, a level outside 0.5 to 0.999.';

CREATE OR REPLACE FUNCTION pulse.bootstrap_mean(changes double precision[], level double precision DEFAULT 0.95, seed bigint DEFAULT 1,
		OUT mean double precision, OUT low double precision, OUT high double precision)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100000 AS 'MODULE_PATHNAME', 'sp_bootstrap_mean';
COMMENT ON FUNCTION pulse.bootstrap_mean(double precision[], double precision, bigint) IS
'The mean of changes, one for each of those looked at before and after, with its interval; as bootstrap_difference(), the second trial turning signs instead.';
