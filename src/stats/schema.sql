-- ---- stats: types ----------------------------------------------------------------

CREATE TYPE pulse.survival_point AS (
	duration double precision, at_risk numeric, happened numeric, censored numeric, survival double precision
);
COMMENT ON TYPE pulse.survival_point IS
'One step of a survival curve: at_risk just before the duration, how many it happened to then, how many were last seen from then until before the next step, and the share it has not happened to after it.';
