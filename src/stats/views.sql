-- ---- stats: survival ---------------------------------------------------------------

CREATE OR REPLACE AGGREGATE pulse.km_median(duration double precision, happened boolean) (
	SFUNC = pulse_internal.km_add, STYPE = internal, SSPACE = 1024,
	FINALFUNC = pulse_internal.km_median, COMBINEFUNC = pulse_internal.km_combine,
	SERIALFUNC = pulse_internal.km_serialize, DESERIALFUNC = pulse_internal.km_deserialize,
	PARALLEL = safe
);
COMMENT ON AGGREGATE pulse.km_median(double precision, boolean) IS
'The median duration by Kaplan and Meier: the first at which half or less are left. happened: whether it has happened after that duration, or has not happened until then (the row still counts: as longer than that). NULL when fewer than half have it happened in the time seen, or no row counts; rows with a null do not. In the unit of the durations. Errors: 22023 a duration that is negative or not finite.';

CREATE OR REPLACE AGGREGATE pulse.km_median(duration double precision, happened boolean, weight numeric) (
	SFUNC = pulse_internal.km_add, STYPE = internal, SSPACE = 1024,
	FINALFUNC = pulse_internal.km_median, COMBINEFUNC = pulse_internal.km_combine,
	SERIALFUNC = pulse_internal.km_serialize, DESERIALFUNC = pulse_internal.km_deserialize,
	PARALLEL = safe
);
COMMENT ON AGGREGATE pulse.km_median(double precision, boolean, numeric) IS
'The same, each row counting by its weight, such as an amount. Weights have up to four digits after the point; a row of weight 0 does not count. Errors: 22023 a duration that is negative or not finite, or a weight that is negative or not a number; 22003 weights with more digits, or more than 9e14 together at one duration.';

CREATE OR REPLACE AGGREGATE pulse.km_mean(duration double precision, happened boolean) (
	SFUNC = pulse_internal.km_add, STYPE = internal, SSPACE = 1024,
	FINALFUNC = pulse_internal.km_mean, COMBINEFUNC = pulse_internal.km_combine,
	SERIALFUNC = pulse_internal.km_serialize, DESERIALFUNC = pulse_internal.km_deserialize,
	PARALLEL = safe
);
COMMENT ON AGGREGATE pulse.km_mean(double precision, boolean) IS
'The mean duration by Kaplan and Meier, up to the longest one seen (the area under the survival curve): too short by what lies beyond, never by what is still open. NULL when no row counts. In the unit of the durations. Errors: 22023 a duration that is negative or not finite.';

CREATE OR REPLACE AGGREGATE pulse.km_mean(duration double precision, happened boolean, weight numeric) (
	SFUNC = pulse_internal.km_add, STYPE = internal, SSPACE = 1024,
	FINALFUNC = pulse_internal.km_mean, COMBINEFUNC = pulse_internal.km_combine,
	SERIALFUNC = pulse_internal.km_serialize, DESERIALFUNC = pulse_internal.km_deserialize,
	PARALLEL = safe
);
COMMENT ON AGGREGATE pulse.km_mean(double precision, boolean, numeric) IS
'The same, each row counting by its weight, such as an amount. Weights have up to four digits after the point; a row of weight 0 does not count. Errors: 22023 a duration that is negative or not finite, or a weight that is negative or not a number; 22003 weights with more digits, or more than 9e14 together at one duration.';

CREATE OR REPLACE AGGREGATE pulse.km_curve(duration double precision, happened boolean) (
	SFUNC = pulse_internal.km_add, STYPE = internal, SSPACE = 1024,
	FINALFUNC = pulse_internal.km_curve, COMBINEFUNC = pulse_internal.km_combine,
	SERIALFUNC = pulse_internal.km_serialize, DESERIALFUNC = pulse_internal.km_deserialize,
	PARALLEL = safe
);
COMMENT ON AGGREGATE pulse.km_curve(double precision, boolean) IS
'The survival curve by Kaplan and Meier, one step for each duration at which it happened, ascending: SELECT * FROM unnest((SELECT pulse.km_curve(days, paid) FROM ...)). Empty when it never happened, NULL when no row counts. Errors: 22023 a duration that is negative or not finite.';

CREATE OR REPLACE AGGREGATE pulse.km_curve(duration double precision, happened boolean, weight numeric) (
	SFUNC = pulse_internal.km_add, STYPE = internal, SSPACE = 1024,
	FINALFUNC = pulse_internal.km_curve, COMBINEFUNC = pulse_internal.km_combine,
	SERIALFUNC = pulse_internal.km_serialize, DESERIALFUNC = pulse_internal.km_deserialize,
	PARALLEL = safe
);
COMMENT ON AGGREGATE pulse.km_curve(double precision, boolean, numeric) IS
'The same, each row counting by its weight, such as an amount. Weights have up to four digits after the point; a row of weight 0 does not count. Errors: 22023 a duration that is negative or not finite, or a weight that is negative or not a number; 22003 weights with more digits, or more than 9e14 together at one duration.';
