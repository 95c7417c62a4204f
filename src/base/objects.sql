-- ---- base: triggers ----------------------------------------------------------

CREATE TRIGGER setting_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pulse_internal.setting
	FOR EACH STATEMENT EXECUTE FUNCTION pulse_internal.invalidate();
