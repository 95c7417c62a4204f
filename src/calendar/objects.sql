-- ---- calendar: triggers ----------------------------------------------------------

CREATE TRIGGER calendar_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pulse_internal.calendar
	FOR EACH STATEMENT EXECUTE FUNCTION pulse_internal.invalidate();
CREATE TRIGGER calendar_year_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pulse_internal.calendar_year
	FOR EACH STATEMENT EXECUTE FUNCTION pulse_internal.invalidate();

-- an update of the extension that changes a shipped row disables these around it
CREATE TRIGGER calendar_kept BEFORE UPDATE OR DELETE ON pulse_internal.calendar
	FOR EACH ROW WHEN (OLD.shipped) EXECUTE FUNCTION pulse_internal.keep_shipped();
CREATE TRIGGER calendar_year_kept BEFORE UPDATE OR DELETE ON pulse_internal.calendar_year
	FOR EACH ROW WHEN (OLD.shipped) EXECUTE FUNCTION pulse_internal.keep_shipped();

-- instants in periods: the days of the business time zone
CREATE OPERATOR pulse.@> (
	FUNCTION = pulse_internal.period_contains_instant,
	LEFTARG = pulse.period, RIGHTARG = timestamptz,
	COMMUTATOR = OPERATOR(pulse.<@),
	RESTRICT = contsel, JOIN = contjoinsel
);
COMMENT ON OPERATOR pulse.@> (pulse.period, timestamptz) IS
'The instant is on a day of the period, in the business time zone (setting timezone).';

CREATE OPERATOR pulse.<@ (
	FUNCTION = pulse_internal.instant_within_period,
	LEFTARG = timestamptz, RIGHTARG = pulse.period,
	COMMUTATOR = OPERATOR(pulse.@>),
	RESTRICT = contsel, JOIN = contjoinsel
);
COMMENT ON OPERATOR pulse.<@ (timestamptz, pulse.period) IS
'The instant is on a day of the period, in the business time zone (setting timezone). With a constant period an index on the instant serves, and partitions are pruned.';
