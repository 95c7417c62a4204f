-- ---- rollup: triggers ------------------------------------------------------------

CREATE TRIGGER rollup_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pulse_internal.rollup
	FOR EACH STATEMENT EXECUTE FUNCTION pulse_internal.invalidate();
