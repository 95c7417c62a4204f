-- ---- jobs: what is due when, and how far it is ----------------------------------

CREATE TABLE pulse_internal.job (
	name text PRIMARY KEY,
	next_run_at timestamptz NOT NULL DEFAULT '-infinity',	-- by pulse.clock()
	last_run_at timestamptz,	-- by pulse.clock()
	finished_at timestamptz,	-- by the system's clock
	runs bigint NOT NULL DEFAULT 0,
	failures bigint NOT NULL DEFAULT 0,
	last_error text				-- NULL: the last run succeeded
);
COMMENT ON TABLE pulse_internal.job IS 'Work done beside the sweep, a row from its first run on; see pulse.stat_jobs.';

CREATE TABLE pulse_internal.progress (
	task text PRIMARY KEY,
	done bigint NOT NULL,
	total bigint,
	started_at timestamptz NOT NULL,
	changed_at timestamptz NOT NULL
);
COMMENT ON TABLE pulse_internal.progress IS 'Long work under way; see pulse.progress.';

ALTER TABLE pulse_internal.job OWNER TO pulse_owner;
ALTER TABLE pulse_internal.progress OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.job', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.progress', '');
