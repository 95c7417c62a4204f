-- ---- care: health that is kept, with its past ---------------------------------------

CREATE TABLE pulse_internal.health_source (
	source_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	model_id integer NOT NULL UNIQUE REFERENCES pulse_internal.model,
	relation regclass NOT NULL,
	key_column text NOT NULL,
	key_name text NOT NULL,
	segment_column text,
	capture text NOT NULL CHECK (capture IN ('trigger', 'compare')),
	event text,
	author regrole NOT NULL,
	state text NOT NULL DEFAULT 'ok' CHECK (state IN ('ok', 'broken')),
	reason text,
	created_at timestamptz NOT NULL DEFAULT pulse.clock(),
	refreshed_at timestamptz,
	versions jsonb NOT NULL DEFAULT '{}',	-- of each model, by its number, when it was refreshed last
	history_since timestamptz,				-- before this the past is forgotten; null: it is not
	follows integer REFERENCES pulse_internal.health_source ON DELETE SET NULL,	-- whose changes make this one be compared
	due_column text							-- says when a row is to be read again
);
COMMENT ON TABLE pulse_internal.health_source IS 'Tables and views whose rows'' health is kept; see pulse.store_health().';

CREATE TABLE pulse_internal.health_segment (
	source_id integer NOT NULL REFERENCES pulse_internal.health_source ON DELETE CASCADE,
	segment text NOT NULL,
	model_id integer NOT NULL REFERENCES pulse_internal.model,
	PRIMARY KEY (source_id, segment)
);
COMMENT ON TABLE pulse_internal.health_segment IS 'Segments whose rows have a model of their own.';

-- a source goes with all that is kept of it; that is not checked row by row, as a key would
CREATE TABLE pulse_internal.health_current (
	source_id integer NOT NULL,
	customer text NOT NULL,
	model_id integer NOT NULL,
	version integer NOT NULL,
	inputs jsonb NOT NULL,			-- what the model read of the row
	health pulse.health NOT NULL,	-- at computed_at; its band is the one that shows, but for an override
	held text,						-- the band that is held, whatever shows; null: none yet
	held_since timestamptz,
	shown text NOT NULL,			-- with the override
	shown_since timestamptz NOT NULL,
	computed_at timestamptz NOT NULL,
	due_at timestamptz,				-- when it must be looked at again if nothing happens
	next_change timestamptz,		-- when the band changes if nothing happens, but for overrides
	PRIMARY KEY (source_id, customer)
);
COMMENT ON TABLE pulse_internal.health_current IS 'Health as it stands; see pulse.healths.';
CREATE INDEX health_current_due ON pulse_internal.health_current (source_id, due_at) WHERE due_at IS NOT NULL;

CREATE TABLE pulse_internal.health_history (
	history_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	source_id integer NOT NULL,
	customer text NOT NULL,
	at timestamptz NOT NULL,		-- when it was so
	recorded timestamptz NOT NULL,	-- when it was known
	cause text NOT NULL CHECK (cause IN ('data', 'time', 'model', 'override', 'gone')),
	model_id integer NOT NULL,
	version integer NOT NULL,
	inputs jsonb,					-- null: as before
	health pulse.health NOT NULL,
	held text,
	held_since timestamptz,
	shown text NOT NULL
);
COMMENT ON TABLE pulse_internal.health_history IS 'Each change of health: when it happened and when it was known; see pulse.health_history.';
CREATE INDEX health_history_customer ON pulse_internal.health_history (source_id, customer, at, history_id);

CREATE TABLE pulse_internal.health_override (
	override_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	source_id integer NOT NULL REFERENCES pulse_internal.health_source ON DELETE CASCADE,
	customer text NOT NULL,
	band text NOT NULL,
	score numeric CHECK (score BETWEEN 0 AND 100 AND score = pg_catalog.round(score, 2)),
	reason text NOT NULL,
	author regrole NOT NULL,
	since timestamptz NOT NULL,
	until timestamptz				-- null: until somebody ends it
);
COMMENT ON TABLE pulse_internal.health_override IS 'Bands that people set in the place of the computed one; see pulse.override_health().';
CREATE INDEX health_override_customer ON pulse_internal.health_override (source_id, customer, since);

CREATE TABLE pulse_internal.health_touched (
	source_id integer NOT NULL,
	customer text					-- null: all
);
COMMENT ON TABLE pulse_internal.health_touched IS 'Rows that were written since the last refresh; a row may stand here more than once.';
CREATE INDEX health_touched_source ON pulse_internal.health_touched (source_id);

ALTER TABLE pulse_internal.health_source OWNER TO pulse_owner;
ALTER TABLE pulse_internal.health_segment OWNER TO pulse_owner;
ALTER TABLE pulse_internal.health_current OWNER TO pulse_owner;
ALTER TABLE pulse_internal.health_history OWNER TO pulse_owner;
ALTER TABLE pulse_internal.health_override OWNER TO pulse_owner;
ALTER TABLE pulse_internal.health_touched OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.health_source', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.health_segment', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.health_current', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.health_history', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.health_override', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.health_touched', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.health_source_source_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.health_history_history_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.health_override_override_id_seq', '');
GRANT SELECT ON pulse_internal.health_source, pulse_internal.health_segment, pulse_internal.health_current, pulse_internal.health_history,
	pulse_internal.health_override TO pulse_admin, pulse_author, pulse_analyst, pulse_app;
GRANT SELECT ON pulse_internal.health_source TO pg_monitor;

CREATE TRIGGER model_is_stored BEFORE DELETE ON pulse_internal.model
	FOR EACH ROW EXECUTE FUNCTION pulse_internal.refuse_stored_model();
