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

CREATE TABLE pulse_internal.rule_cooldown (
	rule_id int REFERENCES pulse_internal.rule ON DELETE CASCADE,
	key text,
	fired_at timestamptz NOT NULL,
	PRIMARY KEY (rule_id, key)
);
COMMENT ON TABLE pulse_internal.rule_cooldown IS 'When rules that say AT MOST ONCE IN fired last, for each key.';
ALTER TABLE pulse_internal.rule_cooldown OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.rule_cooldown', '');
