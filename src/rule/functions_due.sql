-- ---- rule: the time at which the sweep finds a wait -----------------------------------------

-- Waits are found by sweep_at.  It stays when the last step is done, so that no index changes
-- and the row is updated on its page.  The sweep, which writes past triggers, does the same.
CREATE OR REPLACE FUNCTION pulse_internal.set_sweep_at() RETURNS trigger
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	NEW.sweep_at := coalesce(NEW.due_at, NEW.sweep_at);
	RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.set_sweep_at() FROM PUBLIC;
