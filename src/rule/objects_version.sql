-- ---- rule: versions ---------------------------------------------------------------

CREATE TABLE pulse_internal.rule_version (
	rule_id int NOT NULL,
	version int NOT NULL,
	name text NOT NULL,			-- as the rule is or was called last
	sentence text NOT NULL,
	language text NOT NULL,
	rule pulse.rule NOT NULL,
	since timestamptz NOT NULL,
	running text CHECK (running IN ('keep', 'restart', 'end')),	-- what became of open waits; NULL: the first
	changed_by text NOT NULL,
	PRIMARY KEY (rule_id, version)
);
COMMENT ON TABLE pulse_internal.rule_version IS 'What rules said, version by version; see pulse.rule_versions.';

CREATE TABLE pulse_internal.rule_change (
	rule_id int PRIMARY KEY REFERENCES pulse_internal.rule ON DELETE CASCADE,
	sentence text NOT NULL,
	running text NOT NULL CHECK (running IN ('keep', 'restart', 'end')),
	active_from timestamptz NOT NULL,
	changed_by text NOT NULL,
	failure text,				-- why it could not be made
	language text,
	rule pulse.rule				-- what the sentence meant when it was written; NULL: scheduled by 0.2.0, it is understood on its day
);
COMMENT ON TABLE pulse_internal.rule_change IS 'Changes of rules that wait for their day; see pulse.rule_versions.';

ALTER TABLE pulse_internal.rule_version OWNER TO pulse_owner;
ALTER TABLE pulse_internal.rule_change OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.rule_version', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.rule_change', '');
GRANT SELECT ON pulse_internal.rule_version, pulse_internal.rule_change TO pulse_admin, pulse_author, pulse_analyst;

-- rules that were there before versions were kept
INSERT INTO pulse_internal.rule_version (rule_id, version, name, sentence, language, rule, since, changed_by)
SELECT r.rule_id, r.version, r.name, r.sentence, r.language, r.rule, r.created_at, pg_catalog.pg_get_userbyid(r.author)
FROM pulse_internal.rule AS r;
