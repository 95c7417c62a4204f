-- ---- event: catalogs that backend caches are filled from ------------------------

CREATE TRIGGER event_kind_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pulse_internal.event_kind
	FOR EACH STATEMENT EXECUTE FUNCTION pulse_internal.invalidate();
CREATE TRIGGER watch_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pulse_internal.watch
	FOR EACH STATEMENT EXECUTE FUNCTION pulse_internal.invalidate();
