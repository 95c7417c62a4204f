-- ---- rule: a calendar that a rule names stays ----------------------------------------

CREATE TRIGGER calendar_used BEFORE UPDATE OF name OR DELETE ON pulse_internal.calendar
	FOR EACH ROW EXECUTE FUNCTION pulse_internal.keep_used_calendar();
