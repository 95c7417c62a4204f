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

CREATE TABLE pulse_internal.digest (
	staff text,
	channel text,
	at time NOT NULL,
	created_at timestamptz NOT NULL,
	PRIMARY KEY (staff, channel)
);
COMMENT ON TABLE pulse_internal.digest IS 'Who gets one message a day instead of many; see pulse.digests.';

-- the messages that wait for one; in the queue they are never due
CREATE TABLE pulse_internal.digest_wait (
	message_id bigint PRIMARY KEY,
	digest_at timestamptz NOT NULL
);
COMMENT ON TABLE pulse_internal.digest_wait IS 'Messages that go out in the next digest of their recipient.';
CREATE INDEX digest_wait_due ON pulse_internal.digest_wait (digest_at);

ALTER TABLE pulse_internal.digest OWNER TO pulse_owner;
ALTER TABLE pulse_internal.digest_wait OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.digest', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.digest_wait', '');
ALTER TABLE pulse_internal.deputy OWNER TO pulse_owner;
ALTER TABLE pulse_internal.quiet_hours OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.deputy', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.quiet_hours', '');
