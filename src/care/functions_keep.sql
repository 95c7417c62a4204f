-- ---- care: what is old goes ----------------------------------------------------------------

-- Of each customer the last reading before the instant stays, with all that came after it: so each question about that
-- instant or a later one has its answer, and a life can be recomputed from there.
CREATE OR REPLACE FUNCTION pulse_internal.forget_past(source integer, before timestamptz) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off
AS $$
BEGIN
	UPDATE pulse_internal.health_source AS s SET history_since = before
	WHERE s.source_id = source AND s.created_at < before AND (s.history_since IS NULL OR s.history_since < before);
	IF NOT FOUND THEN
		RETURN;
	END IF;
	DELETE FROM pulse_internal.health_history AS h
	USING (SELECT DISTINCT ON (x.customer) x.customer, x.at, x.history_id, x.cause FROM pulse_internal.health_history AS x
		WHERE x.source_id = source AND x.at <= before AND (x.inputs IS NOT NULL OR x.cause = 'gone')
		ORDER BY x.customer, x.at DESC, x.history_id DESC) AS k
	WHERE h.source_id = source AND h.customer = k.customer AND (h.at, h.history_id) <= (k.at, k.history_id)
		AND (h.history_id <> k.history_id OR k.cause = 'gone');
	DELETE FROM pulse_internal.health_override AS o WHERE o.source_id = source AND o.until <= before;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.forget_past(integer, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.forget_past(integer, timestamptz) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.forget_health_history() RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM pulse_internal.forget_past(s.source_id, pulse.clock() - pulse.setting('keep_health_history')::interval)
	FROM pulse_internal.health_source AS s;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.forget_health_history() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.forget_health_history() TO pulse_owner;
