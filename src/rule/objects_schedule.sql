-- ---- rule: rules that go by the clock ----------------------------------------------

CREATE TABLE pulse_internal.rule_schedule (
	rule_id int PRIMARY KEY REFERENCES pulse_internal.rule ON DELETE CASCADE,
	since timestamptz NOT NULL,	-- the last instant that came, or when the rule began
	look_at timestamptz NOT NULL	-- not before: its next instant, or the next day if that is sooner
);
COMMENT ON TABLE pulse_internal.rule_schedule IS
'How far the rules that go by the clock are; a row from the day they run. They are looked at each day, since calendars change.';
ALTER TABLE pulse_internal.rule_schedule OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.rule_schedule', '');
