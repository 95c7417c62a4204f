-- ---- jobs: work of the users' own ----------------------------------------------------

CREATE TABLE pulse_internal.user_job (
	name text PRIMARY KEY,
	statement text NOT NULL,
	author regrole NOT NULL,	-- whose rights it runs with
	day_time time,				-- once a day, in the business time zone
	every interval,				-- or so long after the run before
	time_limit interval,		-- NULL: setting job_time_limit
	CHECK (num_nonnulls(day_time, every) = 1 AND every > interval '0')
);
COMMENT ON TABLE pulse_internal.user_job IS 'Statements that the tick runs when they are due, as their author; see pulse.create_job().';
ALTER TABLE pulse_internal.user_job OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.user_job', '');
