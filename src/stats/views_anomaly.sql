-- ---- stats: anomaly aggregates ---------------------------------------------------------

CREATE OR REPLACE AGGREGATE pulse.anomaly_points(series text, at timestamp, amount double precision,
		since timestamp, until timestamp, step interval, scale text, threshold double precision) (
	SFUNC = pulse_internal.anomaly_add, STYPE = internal, SSPACE = 65536,
	FINALFUNC = pulse_internal.anomaly_points, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = safe
);
COMMENT ON AGGREGATE pulse.anomaly_points(text, timestamp, double precision, timestamp, timestamp, interval, text, double precision) IS
'Every step from since (NULL: the first) until before until (NULL: after the last row) of every series in a group, with its score: SELECT * FROM unnest((SELECT pulse.anomaly_points(store, day, sales, NULL, NULL, interval ''1 day'', ''count'', NULL) FROM ... WHERE city = 5)). Give it the 62 steps before since, too. Arguments from since on are those of the first row; see pulse.anomalies(). A step without a score (fewer than 14 steps of history, a missing value) has NULL. Errors: 22023, 54000 as there.';

CREATE OR REPLACE AGGREGATE pulse.anomaly_episodes(series text, at timestamp, amount double precision,
		since timestamp, until timestamp, step interval, scale text, threshold double precision) (
	SFUNC = pulse_internal.anomaly_add, STYPE = internal, SSPACE = 65536,
	FINALFUNC = pulse_internal.anomaly_episodes, FINALFUNC_MODIFY = READ_ONLY, PARALLEL = safe
);
COMMENT ON AGGREGATE pulse.anomaly_episodes(text, timestamp, double precision, timestamp, timestamp, interval, text, double precision) IS
'The same, only what is at the threshold, and alarms with at most three steps between them as one: what pulse.anomalies() is made of, for relations that it cannot name. Steps below a day: an alarm mutes its series for a twentieth of its steps, at most a thousand.';
