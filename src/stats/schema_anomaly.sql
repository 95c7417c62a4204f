-- ---- stats: types of the anomaly score ----------------------------------------------

CREATE TYPE pulse.anomaly_point AS (
	series text, at timestamp, actual double precision, expected double precision,
	common double precision, score double precision, direction text, steps int, alarm boolean
);
COMMENT ON TYPE pulse.anomaly_point IS
'A step of a series: what was there and what was expected, what the whole group had of its usual (NULL: not taken out), the score, whether low or high, over how many steps up to this one the score was reached, and whether it is at the threshold.';

CREATE TYPE pulse.anomaly_episode AS (
	series text, started timestamp, ended timestamp, peak timestamp, actual double precision,
	expected double precision, common double precision, score double precision, direction text, steps int
);
COMMENT ON TYPE pulse.anomaly_episode IS
'Alarms of a series that belong together: from started until before ended, the step of the highest score, what was there and what was expected in all (a level: on average), what the whole group had, the highest score with its direction, and how many steps from started to ended.';
