-- ---- health: the types, complete ---------------------------------------------------

CREATE TYPE pulse.health (
	INPUT = pulse_internal.health_in,
	OUTPUT = pulse_internal.health_out,
	RECEIVE = pulse_internal.health_recv,
	SEND = pulse_internal.health_send,
	INTERNALLENGTH = 8,
	PASSEDBYVALUE,
	ALIGNMENT = double
);
COMMENT ON TYPE pulse.health IS
'A score from 0 to 100 with its band, its bounds under missing values and its coverage, in 8 bytes. Text: 75.45 green, or 90 grey [45, 95] 50%. Ordered by score; an unknown score comes last.';

CREATE TYPE pulse.curve (
	INPUT = pulse_internal.curve_in,
	OUTPUT = pulse_internal.curve_out,
	LIKE = text
);
COMMENT ON TYPE pulse.curve IS
'From a value to points from 0 to 100. Text: linear 0:100 90:0 (value:points, up to 32 of them, values ascending; straight between, level outside); steps 0:100 30:60 (level from each value to the next); decay half_life 30 days (100, halved with each half-life); logistic falling middle 45 doubling 10 (50 points in the middle, the odds double every 10); map red=>0 "dark green"=>100 else=>50 (a category; one that is not named is missing).';

CREATE OPERATOR pulse.= (LEFTARG = pulse.health, RIGHTARG = pulse.health, FUNCTION = pulse_internal.health_eq,
	COMMUTATOR = OPERATOR(pulse.=), NEGATOR = OPERATOR(pulse.<>), RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES);
CREATE OPERATOR pulse.<> (LEFTARG = pulse.health, RIGHTARG = pulse.health, FUNCTION = pulse_internal.health_ne,
	COMMUTATOR = OPERATOR(pulse.<>), NEGATOR = OPERATOR(pulse.=), RESTRICT = neqsel, JOIN = neqjoinsel);
CREATE OPERATOR pulse.< (LEFTARG = pulse.health, RIGHTARG = pulse.health, FUNCTION = pulse_internal.health_lt,
	COMMUTATOR = OPERATOR(pulse.>), NEGATOR = OPERATOR(pulse.>=), RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
CREATE OPERATOR pulse.<= (LEFTARG = pulse.health, RIGHTARG = pulse.health, FUNCTION = pulse_internal.health_le,
	COMMUTATOR = OPERATOR(pulse.>=), NEGATOR = OPERATOR(pulse.>), RESTRICT = scalarlesel, JOIN = scalarlejoinsel);
CREATE OPERATOR pulse.> (LEFTARG = pulse.health, RIGHTARG = pulse.health, FUNCTION = pulse_internal.health_gt,
	COMMUTATOR = OPERATOR(pulse.<), NEGATOR = OPERATOR(pulse.<=), RESTRICT = scalargtsel, JOIN = scalargtjoinsel);
CREATE OPERATOR pulse.>= (LEFTARG = pulse.health, RIGHTARG = pulse.health, FUNCTION = pulse_internal.health_ge,
	COMMUTATOR = OPERATOR(pulse.<=), NEGATOR = OPERATOR(pulse.<), RESTRICT = scalargesel, JOIN = scalargejoinsel);
COMMENT ON OPERATOR pulse.= (pulse.health, pulse.health) IS 'equal in score, bounds, coverage and band';
COMMENT ON OPERATOR pulse.<> (pulse.health, pulse.health) IS 'not equal';
COMMENT ON OPERATOR pulse.< (pulse.health, pulse.health) IS 'less in score, then in bounds';
COMMENT ON OPERATOR pulse.<= (pulse.health, pulse.health) IS 'less in score, then in bounds, or equal';
COMMENT ON OPERATOR pulse.> (pulse.health, pulse.health) IS 'greater in score, then in bounds';
COMMENT ON OPERATOR pulse.>= (pulse.health, pulse.health) IS 'greater in score, then in bounds, or equal';

CREATE OPERATOR CLASS pulse.health_ops DEFAULT FOR TYPE pulse.health USING btree AS
	OPERATOR 1 pulse.<, OPERATOR 2 pulse.<=, OPERATOR 3 pulse.=, OPERATOR 4 pulse.>=, OPERATOR 5 pulse.>,
	FUNCTION 1 pulse_internal.health_cmp(pulse.health, pulse.health);
CREATE OPERATOR CLASS pulse.health_ops DEFAULT FOR TYPE pulse.health USING hash AS
	OPERATOR 1 pulse.=, FUNCTION 1 pulse_internal.health_hash(pulse.health);
COMMENT ON OPERATOR CLASS pulse.health_ops USING btree IS 'orders by score';
COMMENT ON OPERATOR CLASS pulse.health_ops USING hash IS 'lets health be grouped and joined';

CREATE CAST (pulse.curve AS text) WITHOUT FUNCTION;
COMMENT ON CAST (pulse.curve AS text) IS 'the canonical text of a curve';

-- ---- health: models, each version kept ----------------------------------------------

CREATE TABLE pulse_internal.model (
	model_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name text NOT NULL UNIQUE,
	version integer NOT NULL
);
COMMENT ON TABLE pulse_internal.model IS 'Health models and the version in force.';

CREATE TABLE pulse_internal.model_version (
	model_id integer NOT NULL REFERENCES pulse_internal.model ON DELETE CASCADE,
	version integer NOT NULL,
	minimum_coverage integer NOT NULL CHECK (minimum_coverage BETWEEN 0 AND 100),
	author regrole NOT NULL,
	created_at timestamptz NOT NULL DEFAULT pulse.clock(),
	segments jsonb,					-- whose rows are scored by which other models, where health is stored; null: not said
	PRIMARY KEY (model_id, version)
);
COMMENT ON TABLE pulse_internal.model_version IS 'Versions of health models: who made them and when.';

CREATE TABLE pulse_internal.model_dimension (
	model_id integer NOT NULL,
	version integer NOT NULL,
	ordinal integer NOT NULL,
	dimension text NOT NULL,
	column_name text NOT NULL,
	curve pulse.curve NOT NULL,
	weight numeric NOT NULL CHECK (weight BETWEEN 0 AND 1000000000 AND weight = pg_catalog.round(weight, 6)),
	missing text NOT NULL CHECK (missing IN ('exclude', 'neutral', 'zero', 'worst')),
	measured_at text,
	valid_days numeric CHECK (valid_days BETWEEN 0 AND 1000000 AND valid_days = pg_catalog.round(valid_days, 6)),
	group_name text,
	labels jsonb,				-- {"en": ..., "zh": ...}
	CHECK ((measured_at IS NULL) = (valid_days IS NULL)),
	PRIMARY KEY (model_id, version, ordinal),
	FOREIGN KEY (model_id, version) REFERENCES pulse_internal.model_version ON DELETE CASCADE
);
COMMENT ON TABLE pulse_internal.model_dimension IS 'Dimensions of each version of a health model.';

CREATE TABLE pulse_internal.model_veto (
	model_id integer NOT NULL,
	version integer NOT NULL,
	ordinal integer NOT NULL,
	veto text NOT NULL,
	column_name text NOT NULL,
	since numeric CHECK (since BETWEEN -1000000000 AND 1000000000 AND since = pg_catalog.round(since, 6)),
	below numeric CHECK (below BETWEEN -1000000000 AND 1000000000 AND below = pg_catalog.round(below, 6)),
	band text NOT NULL,
	labels jsonb,
	PRIMARY KEY (model_id, version, ordinal),
	FOREIGN KEY (model_id, version) REFERENCES pulse_internal.model_version ON DELETE CASCADE
);
COMMENT ON TABLE pulse_internal.model_veto IS 'Vetoes of each version of a health model.';

CREATE TABLE pulse_internal.model_band (
	model_id integer NOT NULL,
	version integer NOT NULL,
	band text NOT NULL CHECK (band IN ('black', 'red', 'orange', 'amber', 'yellow', 'green', 'blue', 'purple', 'white', 'grey')),
	lower numeric NOT NULL CHECK (lower >= 0 AND lower < 100 AND lower = pg_catalog.round(lower, 2)),
	hysteresis numeric NOT NULL DEFAULT 0 CHECK (hysteresis >= 0 AND hysteresis < 100 AND hysteresis = pg_catalog.round(hysteresis, 2)),
	dwell_days numeric NOT NULL DEFAULT 0 CHECK (dwell_days BETWEEN 0 AND 100000 AND dwell_days = pg_catalog.round(dwell_days, 6)),
	PRIMARY KEY (model_id, version, band),
	FOREIGN KEY (model_id, version) REFERENCES pulse_internal.model_version ON DELETE CASCADE
);
COMMENT ON TABLE pulse_internal.model_band IS 'Bands of each version of a health model, and the score each begins at.';

ALTER TABLE pulse_internal.model OWNER TO pulse_owner;
ALTER TABLE pulse_internal.model_version OWNER TO pulse_owner;
ALTER TABLE pulse_internal.model_dimension OWNER TO pulse_owner;
ALTER TABLE pulse_internal.model_veto OWNER TO pulse_owner;
ALTER TABLE pulse_internal.model_band OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.model', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.model_version', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.model_dimension', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.model_veto', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.model_band', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.model_model_id_seq', '');
GRANT SELECT ON pulse_internal.model, pulse_internal.model_version, pulse_internal.model_dimension,
	pulse_internal.model_veto, pulse_internal.model_band TO PUBLIC;

CREATE TRIGGER model_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pulse_internal.model
	FOR EACH STATEMENT EXECUTE FUNCTION pulse_internal.invalidate();
