-- ---- rule: members and states ------------------------------------------------------

CREATE TABLE pulse_internal.rule_member (
	rule_id int NOT NULL REFERENCES pulse_internal.rule ON DELETE CASCADE,
	key text,
	PRIMARY KEY (rule_id, key)
);
COMMENT ON TABLE pulse_internal.rule_member IS 'Members of rules that say EACH, as of the last look; each has a wait, or had one that UNTIL ended.';

CREATE TABLE pulse_internal.rule_look (
	rule_id int PRIMARY KEY REFERENCES pulse_internal.rule ON DELETE CASCADE,
	looked_at timestamptz NOT NULL
);
COMMENT ON TABLE pulse_internal.rule_look IS 'When a rule about members or states last looked at its relation.';

ALTER TABLE pulse_internal.rule_member OWNER TO pulse_owner;
ALTER TABLE pulse_internal.rule_look OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.rule_member', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.rule_look', '');
