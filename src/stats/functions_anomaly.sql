-- ---- stats: support of the anomaly aggregates ------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.anomaly_add(internal, text, timestamp, double precision,
		timestamp, timestamp, interval, text, double precision) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_anomaly_add';
CREATE OR REPLACE FUNCTION pulse_internal.anomaly_points(internal) RETURNS pulse.anomaly_point[]
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_anomaly_points';
CREATE OR REPLACE FUNCTION pulse_internal.anomaly_episodes(internal) RETURNS pulse.anomaly_episode[]
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_anomaly_episodes';
REVOKE ALL ON FUNCTION pulse_internal.anomaly_add(internal, text, timestamp, double precision,
		timestamp, timestamp, interval, text, double precision) FROM PUBLIC;
REVOKE ALL ON FUNCTION pulse_internal.anomaly_points(internal) FROM PUBLIC;
REVOKE ALL ON FUNCTION pulse_internal.anomaly_episodes(internal) FROM PUBLIC;

-- ---- stats: anomalies over any relation -----------------------------------------------

CREATE OR REPLACE FUNCTION pulse.anomalies(relation regclass, amount text, time_column text,
		series_column text DEFAULT NULL, group_column text DEFAULT NULL, since timestamp DEFAULT NULL,
		until timestamp DEFAULT NULL, step interval DEFAULT '1 day', scale text DEFAULT 'count',
		threshold double precision DEFAULT NULL, condition text DEFAULT NULL, lang text DEFAULT NULL,
		OUT group_name text, OUT series text, OUT started timestamp, OUT ended timestamp, OUT peak timestamp,
		OUT actual double precision, OUT expected double precision, OUT common double precision,
		OUT score double precision, OUT direction text, OUT steps int, OUT explanation text)
	RETURNS SETOF record
	LANGUAGE c STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_anomalies';
COMMENT ON FUNCTION pulse.anomalies(regclass, text, text, text, text, timestamp, timestamp, interval, text, double precision, text, text) IS
'Episodes of unusual values in a table or view, the most unusual first. Rows of one series_column and step are added up (scale ''count'': sales, visits; a step without rows is zero) or averaged (scale ''level'': what is measured; a step without rows is missing). Expected is what the 56 steps before, the weekday, and the other series of the same group_column at that step say (five series or more). Alarms are looked for from since until before until, in wall-clock time of the business time zone; without them, in the last whole day (steps below a day: 24 hours). score: distance in standard deviations, over one, three or seven steps; threshold 3.5 gives about one false alarm in ten months of a daily series. Steps below a day: each series by itself, the score is a multiple of what it reached in 999 of 1000 steps before, threshold 1. direction: low or high. amount, time_column, series_column, group_column and condition are columns or expressions. Errors: 22004 a required argument is null, 22023 an unusable step, scale, threshold, language or time; 42804 an expression of another type, 54000 more than fifty million values in a group.';
