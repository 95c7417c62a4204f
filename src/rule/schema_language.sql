-- ---- rule: the language ----------------------------------------------------------

CREATE TYPE pulse.rule;

CREATE TABLE pulse_internal.label (
	class text NOT NULL CHECK (class IN ('event', 'column', 'key', 'role', 'channel', 'template', 'value', 'function', 'relation')),
	scope text NOT NULL DEFAULT '',	-- of a column its event, of a value its column; '': any
	name text NOT NULL,
	en text,
	zh text,
	PRIMARY KEY (class, scope, name)
);
COMMENT ON TABLE pulse_internal.label IS 'What names are called in sentences; see pulse.labels.';
ALTER TABLE pulse_internal.label OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.label', '');
