-- ---- escalation: sessions remember which channels have limits -------------------------
CREATE TRIGGER invalidate AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pulse_internal.channel_limit
	FOR EACH STATEMENT EXECUTE FUNCTION pulse_internal.invalidate();
