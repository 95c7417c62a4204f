-- ---- event: triggers of the position tables -------------------------------------

CREATE TRIGGER incarnation_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pulse_internal.incarnation
	FOR EACH STATEMENT EXECUTE FUNCTION pulse_internal.invalidate();

CREATE TRIGGER clock_set AFTER INSERT OR UPDATE ON pulse_internal.setting
	FOR EACH ROW WHEN (new.name = 'clock') EXECUTE FUNCTION pulse_internal.look_back();

GRANT SELECT ON pulse_internal.consumer, pulse_internal.event_kind
	TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;
