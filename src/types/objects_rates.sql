-- ---- types: triggers ------------------------------------------------------------

CREATE TRIGGER rate_source_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pulse_internal.rate_source
	FOR EACH STATEMENT EXECUTE FUNCTION pulse_internal.invalidate();
