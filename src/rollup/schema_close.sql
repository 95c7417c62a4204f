-- ---- rollup: who is to report, who has, and what is closed --------------------------

CREATE TABLE pulse_internal.rollup_member (
	rollup_id int PRIMARY KEY,
	dimension text NOT NULL,	-- whose values are the members, such as store
	relation regclass,			-- where they are listed; NULL: who has rows lately
	member_column text,
	since_column text,
	until_column text,
	close_at time,				-- on the day after a period; NULL: closed by hand
	since date NOT NULL			-- periods before are not closed by the job
);
COMMENT ON TABLE pulse_internal.rollup_member IS 'Whose figures a rollup waits for, and when it waits no longer; see pulse.expect_members().';

CREATE TABLE pulse_internal.rollup_reported (
	rollup_id int NOT NULL,
	member text NOT NULL,
	reported_until date NOT NULL,	-- everything before that day is there
	reported_at timestamptz NOT NULL,
	PRIMARY KEY (rollup_id, member)
);
COMMENT ON TABLE pulse_internal.rollup_reported IS 'Watermarks that were stated; see pulse.mark_reported().';

CREATE TABLE pulse_internal.rollup_close (
	rollup_id int NOT NULL,
	period date NOT NULL,
	closed_at timestamptz NOT NULL,
	status text NOT NULL CHECK (status IN ('complete', 'partial')),
	missing text[] NOT NULL,
	reopened_at timestamptz,	-- since when rows came in after the close; NULL again when closed again
	reopenings int NOT NULL DEFAULT 0,
	PRIMARY KEY (rollup_id, period)
);
COMMENT ON TABLE pulse_internal.rollup_close IS 'Closed periods of rollups; see pulse.close_rollup().';

ALTER TABLE pulse_internal.rollup_member OWNER TO pulse_owner;
ALTER TABLE pulse_internal.rollup_reported OWNER TO pulse_owner;
ALTER TABLE pulse_internal.rollup_close OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.rollup_member', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.rollup_reported', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.rollup_close', '');
