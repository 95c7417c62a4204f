-- ---- event: triggers of the position tables -------------------------------------

CREATE TRIGGER incarnation_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pulse_internal.incarnation
	FOR EACH STATEMENT EXECUTE FUNCTION pulse_internal.invalidate();
