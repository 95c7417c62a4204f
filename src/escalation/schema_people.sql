-- ---- escalation: who stands in, and when nobody is to be disturbed ---------------------

CREATE TABLE pulse_internal.deputy (
	staff text NOT NULL,
	deputy text NOT NULL,
	since date NOT NULL,		-- days of the business time zone, both included
	until date NOT NULL,
	created_at timestamptz NOT NULL,
	PRIMARY KEY (staff, since),
	CHECK (since <= until)
);
COMMENT ON TABLE pulse_internal.deputy IS 'Who stands in for whom; see pulse.deputies.';

CREATE TABLE pulse_internal.quiet_hours (
	scope text CHECK (scope IN ('channel', 'staff', 'org')),
	name text,					-- of the channel, the person, or the org unit and all below it
	channel text NOT NULL,		-- of a person or unit: on this one only; '': on all
	since time,					-- NULL: only the calendar counts
	until time,
	calendar text,				-- quiet on its days off, too
	created_at timestamptz NOT NULL,
	PRIMARY KEY (scope, name, channel),
	CHECK (since <> until),
	CHECK (num_nonnulls(since, until) <> 1),
	CHECK (since IS NOT NULL OR calendar IS NOT NULL)
);
COMMENT ON TABLE pulse_internal.quiet_hours IS 'When nothing is sent that can wait; see pulse.quiet_hours.';

ALTER TABLE pulse_internal.deputy OWNER TO pulse_owner;
ALTER TABLE pulse_internal.quiet_hours OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.deputy', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.quiet_hours', '');
