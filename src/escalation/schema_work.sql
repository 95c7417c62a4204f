-- ---- escalation: templates, and what rules say beside their sentence ---------------------

CREATE TABLE pulse_internal.template (
	name text PRIMARY KEY,
	subject_en text,
	body_en text,
	subject_zh text,
	body_zh text,
	channel text UNIQUE,		-- of all messages on this channel that name no other
	event text,					-- its columns may be named
	urgent boolean NOT NULL DEFAULT false,
	author regrole NOT NULL,
	created_at timestamptz NOT NULL,
	CHECK (coalesce(body_en, body_zh) IS NOT NULL)
);
COMMENT ON TABLE pulse_internal.template IS 'Texts of messages; see pulse.templates.';

CREATE TABLE pulse_internal.rule_fallback (
	rule_id int PRIMARY KEY,
	role text NOT NULL
);
COMMENT ON TABLE pulse_internal.rule_fallback IS 'Who gets what a rule finds nobody for, where it is not the setting''s role.';

ALTER TABLE pulse_internal.template OWNER TO pulse_owner;
ALTER TABLE pulse_internal.rule_fallback OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.template', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.rule_fallback', '');
