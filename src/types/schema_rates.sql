-- ---- types: where rates of exchange are read ------------------------------------

CREATE TABLE pulse_internal.rate_source (
	name text PRIMARY KEY CHECK (name <> ''),
	relation regclass NOT NULL,
	day_column text NOT NULL,
	rate_column text NOT NULL,
	from_column text,
	from_currency text,
	to_column text,
	to_currency text,
	pivot text,
	max_age int CHECK (max_age >= 0),
	CHECK ((from_column IS NULL) <> (from_currency IS NULL)),
	CHECK ((to_column IS NULL) <> (to_currency IS NULL))
);
COMMENT ON TABLE pulse_internal.rate_source IS
'Relations of the application with rates of exchange: which column is what, or which currency all rows have. See pulse.map_rates().';
ALTER TABLE pulse_internal.rate_source OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.rate_source', '');
