-- ---- types: period ----------------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.period_in(cstring) RETURNS pulse.period
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_in';

CREATE OR REPLACE FUNCTION pulse_internal.period_out(pulse.period) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_out';

CREATE OR REPLACE FUNCTION pulse_internal.period_recv(internal) RETURNS pulse.period
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_recv';

CREATE OR REPLACE FUNCTION pulse_internal.period_send(pulse.period) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_send';

CREATE OR REPLACE FUNCTION pulse_internal.period_eq(pulse.period, pulse.period) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'period_eq';

CREATE OR REPLACE FUNCTION pulse_internal.period_ne(pulse.period, pulse.period) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'period_ne';

CREATE OR REPLACE FUNCTION pulse_internal.period_lt(pulse.period, pulse.period) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'period_lt';

CREATE OR REPLACE FUNCTION pulse_internal.period_le(pulse.period, pulse.period) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'period_le';

CREATE OR REPLACE FUNCTION pulse_internal.period_gt(pulse.period, pulse.period) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'period_gt';

CREATE OR REPLACE FUNCTION pulse_internal.period_ge(pulse.period, pulse.period) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'period_ge';

CREATE OR REPLACE FUNCTION pulse_internal.period_cmp(pulse.period, pulse.period) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'period_cmp';

CREATE OR REPLACE FUNCTION pulse_internal.period_hash(pulse.period) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'period_hash';

CREATE OR REPLACE FUNCTION pulse_internal.period_hash_extended(pulse.period, bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'period_hash_extended';

-- day <@ period with a constant period is a range of dates to the planner
CREATE OR REPLACE FUNCTION pulse_internal.period_support(internal) RETURNS internal
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_support';

CREATE OR REPLACE FUNCTION pulse_internal.period_contains_date(pulse.period, date) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE SUPPORT pulse_internal.period_support AS 'MODULE_PATHNAME', 'period_contains_date';

CREATE OR REPLACE FUNCTION pulse_internal.date_within_period(date, pulse.period) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE SUPPORT pulse_internal.period_support AS 'MODULE_PATHNAME', 'date_within_period';

CREATE OR REPLACE FUNCTION pulse_internal.period_contains_timestamp(pulse.period, timestamp) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE SUPPORT pulse_internal.period_support AS 'MODULE_PATHNAME', 'period_contains_timestamp';

CREATE OR REPLACE FUNCTION pulse_internal.timestamp_within_period(timestamp, pulse.period) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE SUPPORT pulse_internal.period_support AS 'MODULE_PATHNAME', 'timestamp_within_period';

CREATE OR REPLACE FUNCTION pulse_internal.period_contains_period(pulse.period, pulse.period) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_contains_period';

CREATE OR REPLACE FUNCTION pulse_internal.period_within_period(pulse.period, pulse.period) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_within_period';

CREATE OR REPLACE FUNCTION pulse_internal.period_overlaps_period(pulse.period, pulse.period) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_overlaps_period';

CREATE OR REPLACE FUNCTION pulse_internal.period_plus(pulse.period, integer) RETURNS pulse.period
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_plus';

CREATE OR REPLACE FUNCTION pulse_internal.period_minus(pulse.period, integer) RETURNS pulse.period
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_minus';

CREATE OR REPLACE FUNCTION pulse_internal.period_minus_period(pulse.period, pulse.period) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_minus_period';

CREATE OR REPLACE FUNCTION pulse.first_day(period pulse.period) RETURNS date
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_first_day';
COMMENT ON FUNCTION pulse.first_day(pulse.period) IS
'The first day of a period.';

CREATE OR REPLACE FUNCTION pulse.last_day(period pulse.period) RETURNS date
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_last_day';
COMMENT ON FUNCTION pulse.last_day(pulse.period) IS
'The last day of a period.';

CREATE OR REPLACE FUNCTION pulse.days(period pulse.period) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_days';
COMMENT ON FUNCTION pulse.days(pulse.period) IS
'The number of days of a period.';

CREATE OR REPLACE FUNCTION pulse.grain(period pulse.period) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_grain_name';
COMMENT ON FUNCTION pulse.grain(pulse.period) IS
'What a period is: year, quarter, month, week, day, fiscal_year or fiscal_quarter.';

CREATE OR REPLACE FUNCTION pulse.date_range(period pulse.period) RETURNS daterange
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_daterange';
COMMENT ON FUNCTION pulse.date_range(pulse.period) IS
'The days of a period as a range, [first day, day after the last).';

CREATE OR REPLACE FUNCTION pulse.next(period pulse.period) RETURNS pulse.period
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_next';
COMMENT ON FUNCTION pulse.next(pulse.period) IS
'The following period of the same grain. Error 22008: out of range.';

CREATE OR REPLACE FUNCTION pulse.previous(period pulse.period) RETURNS pulse.period
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_previous';
COMMENT ON FUNCTION pulse.previous(pulse.period) IS
'The preceding period of the same grain. Error 22008: out of range.';

CREATE OR REPLACE FUNCTION pulse.shift(period pulse.period, periods integer) RETURNS pulse.period
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_plus';
COMMENT ON FUNCTION pulse.shift(pulse.period, integer) IS
'The period of the same grain so many later, or with a negative number earlier. Error 22008: out of range.';

CREATE OR REPLACE FUNCTION pulse.period_of(day date, grain text, fiscal_year_start text DEFAULT NULL) RETURNS pulse.period
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_of_date';
COMMENT ON FUNCTION pulse.period_of(date, text, text) IS
'The period of a grain (year, quarter, month, week, day, fiscal_year, fiscal_quarter) that holds a day; weeks are those of ISO 8601. Fiscal grains need the first day of the fiscal year as month and day. Of an instant take pulse.day_of(instant) first. Errors: 22023 unknown grain or no fiscal year, 22008 out of range.';

CREATE OR REPLACE FUNCTION pulse.fiscal_period_of(day date, grain text) RETURNS pulse.period
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'period_fiscal_of_date';
COMMENT ON FUNCTION pulse.fiscal_period_of(date, text) IS
'The period of a grain that holds a day, with the fiscal year of the setting fiscal_year_start. A fiscal year that begins on January 1st is the calendar year. Errors: 22023 unknown grain, 22008 out of range.';

CREATE OR REPLACE FUNCTION pulse.periods(since date, until date, grain text, fiscal_year_start text DEFAULT NULL) RETURNS SETOF pulse.period
	LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 12 AS 'MODULE_PATHNAME', 'period_series';
COMMENT ON FUNCTION pulse.periods(date, date, text, text) IS
'The periods of a grain that hold days from since up to, but not including, until, in order. Errors: 22023 unknown grain or no fiscal year, 22008 out of range.';

CREATE OR REPLACE FUNCTION pulse.periods(period pulse.period, grain text) RETURNS SETOF pulse.period
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 12 AS 'MODULE_PATHNAME', 'period_parts';
COMMENT ON FUNCTION pulse.periods(pulse.period, text) IS
'The periods of a grain of the calendar that hold days of a period, in order; weeks may reach beyond it. Error 22023: unknown or fiscal grain.';

-- the server calls these itself; nobody else has to
REVOKE ALL ON FUNCTION
	pulse_internal.period_recv(internal),
	pulse_internal.period_send(pulse.period),
	pulse_internal.period_support(internal)
FROM PUBLIC;
