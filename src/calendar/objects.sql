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
