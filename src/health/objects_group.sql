-- ---- health: groups of the dimensions of a model -----------------------------------

CREATE TABLE pulse_internal.model_group (
	model_id integer NOT NULL,
	version integer NOT NULL,
	ordinal integer NOT NULL,
	group_name text NOT NULL,
	weight numeric NOT NULL CHECK (weight BETWEEN 0 AND 1000000000 AND weight = pg_catalog.round(weight, 6)),
	labels jsonb,
	PRIMARY KEY (model_id, version, ordinal),
	UNIQUE (model_id, version, group_name),
	FOREIGN KEY (model_id, version) REFERENCES pulse_internal.model_version ON DELETE CASCADE
);
COMMENT ON TABLE pulse_internal.model_group IS 'Groups of each version of a health model, and what each weighs.';
ALTER TABLE pulse_internal.model_group OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.model_group', '');
GRANT SELECT ON pulse_internal.model_group TO PUBLIC;
