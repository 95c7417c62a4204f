-- ---- types: period ----------------------------------------------------------------

CREATE TYPE pulse.period (
	INPUT = pulse_internal.period_in,
	OUTPUT = pulse_internal.period_out,
	RECEIVE = pulse_internal.period_recv,
	SEND = pulse_internal.period_send,
	INTERNALLENGTH = 4,
	PASSEDBYVALUE,
	ALIGNMENT = int4,
	STORAGE = plain
);
COMMENT ON TYPE pulse.period IS
'A calendar period in four bytes: 2026, 2026Q1, 2026-03, 2026W05 (ISO 8601), 2026-03-05; FY2026-04-01 and FY2026-04-01Q1 are the fiscal year that begins on that day and its first quarter. Ordered by first day, of two that begin together the longer first. Error 22P02: not a period.';

CREATE CAST (pulse.period AS daterange) WITH FUNCTION pulse.date_range(pulse.period) AS ASSIGNMENT;

CREATE OPERATOR pulse.= (
	FUNCTION = pulse_internal.period_eq,
	LEFTARG = pulse.period, RIGHTARG = pulse.period,
	COMMUTATOR = OPERATOR(pulse.=),
	NEGATOR = OPERATOR(pulse.<>),
	RESTRICT = eqsel, JOIN = eqjoinsel,
	HASHES, MERGES
);
COMMENT ON OPERATOR pulse.= (pulse.period, pulse.period) IS 'The same period.';

CREATE OPERATOR pulse.<> (
	FUNCTION = pulse_internal.period_ne,
	LEFTARG = pulse.period, RIGHTARG = pulse.period,
	COMMUTATOR = OPERATOR(pulse.<>),
	NEGATOR = OPERATOR(pulse.=),
	RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR pulse.<> (pulse.period, pulse.period) IS 'Another period.';

CREATE OPERATOR pulse.< (
	FUNCTION = pulse_internal.period_lt,
	LEFTARG = pulse.period, RIGHTARG = pulse.period,
	COMMUTATOR = OPERATOR(pulse.>),
	NEGATOR = OPERATOR(pulse.>=),
	RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR pulse.< (pulse.period, pulse.period) IS 'Before: it begins earlier, or begins with the other and is longer.';

CREATE OPERATOR pulse.<= (
	FUNCTION = pulse_internal.period_le,
	LEFTARG = pulse.period, RIGHTARG = pulse.period,
	COMMUTATOR = OPERATOR(pulse.>=),
	NEGATOR = OPERATOR(pulse.>),
	RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR pulse.<= (pulse.period, pulse.period) IS 'Before or the same.';

CREATE OPERATOR pulse.> (
	FUNCTION = pulse_internal.period_gt,
	LEFTARG = pulse.period, RIGHTARG = pulse.period,
	COMMUTATOR = OPERATOR(pulse.<),
	NEGATOR = OPERATOR(pulse.<=),
	RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR pulse.> (pulse.period, pulse.period) IS 'After: it begins later, or begins with the other and is shorter.';

CREATE OPERATOR pulse.>= (
	FUNCTION = pulse_internal.period_ge,
	LEFTARG = pulse.period, RIGHTARG = pulse.period,
	COMMUTATOR = OPERATOR(pulse.<=),
	NEGATOR = OPERATOR(pulse.<),
	RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR pulse.>= (pulse.period, pulse.period) IS 'After or the same.';

CREATE OPERATOR pulse.@> (
	FUNCTION = pulse_internal.period_contains_date,
	LEFTARG = pulse.period, RIGHTARG = date,
	COMMUTATOR = OPERATOR(pulse.<@),
	RESTRICT = contsel, JOIN = contjoinsel
);
COMMENT ON OPERATOR pulse.@> (pulse.period, date) IS
'The day is one of the period.';

CREATE OPERATOR pulse.<@ (
	FUNCTION = pulse_internal.date_within_period,
	LEFTARG = date, RIGHTARG = pulse.period,
	COMMUTATOR = OPERATOR(pulse.@>),
	RESTRICT = contsel, JOIN = contjoinsel
);
COMMENT ON OPERATOR pulse.<@ (date, pulse.period) IS
'The day is one of the period. With a constant period an index on the day serves, and partitions are pruned.';

CREATE OPERATOR pulse.@> (
	FUNCTION = pulse_internal.period_contains_timestamp,
	LEFTARG = pulse.period, RIGHTARG = timestamp,
	COMMUTATOR = OPERATOR(pulse.<@),
	RESTRICT = contsel, JOIN = contjoinsel
);
COMMENT ON OPERATOR pulse.@> (pulse.period, timestamp) IS
'The day on the wall is one of the period.';

CREATE OPERATOR pulse.<@ (
	FUNCTION = pulse_internal.timestamp_within_period,
	LEFTARG = timestamp, RIGHTARG = pulse.period,
	COMMUTATOR = OPERATOR(pulse.@>),
	RESTRICT = contsel, JOIN = contjoinsel
);
COMMENT ON OPERATOR pulse.<@ (timestamp, pulse.period) IS
'The day on the wall is one of the period. With a constant period an index serves, and partitions are pruned.';

CREATE OPERATOR pulse.@> (
	FUNCTION = pulse_internal.period_contains_period,
	LEFTARG = pulse.period, RIGHTARG = pulse.period,
	COMMUTATOR = OPERATOR(pulse.<@),
	RESTRICT = contsel, JOIN = contjoinsel
);
COMMENT ON OPERATOR pulse.@> (pulse.period, pulse.period) IS
'All days of the right period are days of the left one.';

CREATE OPERATOR pulse.<@ (
	FUNCTION = pulse_internal.period_within_period,
	LEFTARG = pulse.period, RIGHTARG = pulse.period,
	COMMUTATOR = OPERATOR(pulse.@>),
	RESTRICT = contsel, JOIN = contjoinsel
);
COMMENT ON OPERATOR pulse.<@ (pulse.period, pulse.period) IS
'All days of the left period are days of the right one.';

CREATE OPERATOR pulse.&& (
	FUNCTION = pulse_internal.period_overlaps_period,
	LEFTARG = pulse.period, RIGHTARG = pulse.period,
	COMMUTATOR = OPERATOR(pulse.&&),
	RESTRICT = contsel, JOIN = contjoinsel
);
COMMENT ON OPERATOR pulse.&& (pulse.period, pulse.period) IS
'The periods have a day in common.';

CREATE OPERATOR pulse.+ (
	FUNCTION = pulse_internal.period_plus,
	LEFTARG = pulse.period, RIGHTARG = integer
);
COMMENT ON OPERATOR pulse.+ (pulse.period, integer) IS
'The period of the same grain so many later. Error 22008: out of range.';

CREATE OPERATOR pulse.- (
	FUNCTION = pulse_internal.period_minus,
	LEFTARG = pulse.period, RIGHTARG = integer
);
COMMENT ON OPERATOR pulse.- (pulse.period, integer) IS
'The period of the same grain so many earlier. Error 22008: out of range.';

CREATE OPERATOR pulse.- (
	FUNCTION = pulse_internal.period_minus_period,
	LEFTARG = pulse.period, RIGHTARG = pulse.period
);
COMMENT ON OPERATOR pulse.- (pulse.period, pulse.period) IS
'How many periods the left one is after the right one of the same grain. Error 22023: two grains, or two fiscal years.';

CREATE OPERATOR CLASS pulse.period_ops DEFAULT FOR TYPE pulse.period USING btree AS
	OPERATOR 1 pulse.<,
	OPERATOR 2 pulse.<=,
	OPERATOR 3 pulse.=,
	OPERATOR 4 pulse.>=,
	OPERATOR 5 pulse.>,
	FUNCTION 1 pulse_internal.period_cmp(pulse.period, pulse.period),
	FUNCTION 4 btequalimage(oid);
COMMENT ON OPERATOR CLASS pulse.period_ops USING btree IS 'Order of periods: by first day, the longer first.';
COMMENT ON OPERATOR FAMILY pulse.period_ops USING btree IS 'Order of periods.';

CREATE OPERATOR CLASS pulse.period_ops DEFAULT FOR TYPE pulse.period USING hash AS
	OPERATOR 1 pulse.=,
	FUNCTION 1 pulse_internal.period_hash(pulse.period),
	FUNCTION 2 pulse_internal.period_hash_extended(pulse.period, bigint);
COMMENT ON OPERATOR CLASS pulse.period_ops USING hash IS 'Hashing of periods.';
COMMENT ON OPERATOR FAMILY pulse.period_ops USING hash IS 'Hashing of periods.';
