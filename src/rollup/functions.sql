-- ---- rollup: create, drop, check, rebuild, fold ----------------------------------

-- What is written where stands in pulse_internal.rollup, never in arguments: on a
-- table that is no rollup's source the trigger does nothing. Attaching it needs the
-- right to TRIGGER on the table besides.
CREATE OR REPLACE FUNCTION pulse_internal.rollup_statement() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'sp_rollup_statement';
REVOKE ALL ON FUNCTION pulse_internal.rollup_statement() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.rollup_statement() TO pulse_admin, pulse_analyst;

CREATE OR REPLACE FUNCTION pulse.create_rollup(name text, source regclass, time_column text,
		grain text DEFAULT 'day', dimensions text[] DEFAULT '{}', measures text[] DEFAULT '{count}',
		condition text DEFAULT NULL, rollup_schema text DEFAULT NULL)
	RETURNS regclass
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_create_rollup';
REVOKE ALL ON FUNCTION pulse.create_rollup(text, regclass, text, text, text[], text[], text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.create_rollup(text, regclass, text, text, text[], text[], text, text)
	TO pulse_admin, pulse_analyst;
COMMENT ON FUNCTION pulse.create_rollup(text, regclass, text, text, text[], text[], text, text) IS
'Makes a table of measures that is kept up to date from every insert, update and delete on source, and returns the view to read it by: one row per period (the first day, in the business time zone) of grain day, week or month, per dimensions (column names), and per currency where an amount is summed. measures: ''count''; ''sum(column)'' of integers, numeric or one amount column; ''min(column)'', ''max(column)'', ''distinct(column)'' (how many values), ''median(column)'' and ''quantile(column, 0.95)'' (interpolated), which are computed anew for the cells that changed: index the time column. ''approx_distinct(column)'' and ''approx_quantile(column, 0.95)'' keep sketches, through extensions hll and tdigest; a coarser rollup makes its own from those. condition chooses rows and must be immutable. source may be the table of an event kind, or the view of another rollup (time_column ''period''): then the new one gets its counts and sums from that, for a coarser grain or fewer dimensions. The view and its two tables belong to the caller, in rollup_schema (default: setting event_schema). Blocks writers of source while it is built; set lock_timeout. Errors: 22023 unusable argument, 42703 unknown column, 0A000 a source or measure that cannot be kept exactly, or a sketch without its extension, 42710 the name is taken, 42501 no TRIGGER right on source.';

CREATE OR REPLACE FUNCTION pulse.drop_rollup(name text) RETURNS void
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_drop_rollup';
REVOKE ALL ON FUNCTION pulse.drop_rollup(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.drop_rollup(text) TO pulse_admin, pulse_analyst;
COMMENT ON FUNCTION pulse.drop_rollup(text) IS
'Drops a rollup with its view, tables and triggers. Errors: SP701 unknown rollup, 42501 not the owner, 2BP01 something depends on the view.';

CREATE OR REPLACE FUNCTION pulse.rebuild_rollup(name text) RETURNS bigint
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_rebuild_rollup';
REVOKE ALL ON FUNCTION pulse.rebuild_rollup(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.rebuild_rollup(text) TO pulse_admin, pulse_analyst;
COMMENT ON FUNCTION pulse.rebuild_rollup(text) IS
'Computes a rollup anew from its source, in the business time zone as it is now, and so ends a stale or broken state; rollups made from it follow. Returns the number of cells. Runs as the owner of the rollup. Blocks writers of the source meanwhile; set lock_timeout. Errors: SP701 unknown rollup, 42501 not the owner, 42703 a column is gone, 42P01 the source is gone, 25001 under REPEATABLE READ, 55000 events were dropped that it remembers, or the rollup it is made from is stale.';

CREATE OR REPLACE FUNCTION pulse.check_rollup(name text, OUT cell jsonb, OUT in_rollup jsonb, OUT in_source jsonb)
	RETURNS SETOF record
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_check_rollup';
REVOKE ALL ON FUNCTION pulse.check_rollup(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.check_rollup(text) TO pulse_admin, pulse_analyst;
COMMENT ON FUNCTION pulse.check_rollup(text) IS
'Compares a rollup, as one reads it, with the plain query over its source: one row per cell that differs, with what the rollup and what the source say (NULL: no such cell). No rows: equal. Runs as the owner of the rollup. Errors: SP701 unknown rollup, 42501 not the owner, 42P01 the source is gone.';

CREATE OR REPLACE FUNCTION pulse_internal.fold_rollup(rollup_id int, max_deltas int) RETURNS int
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_fold_rollup';
REVOKE ALL ON FUNCTION pulse_internal.fold_rollup(int, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.fold_rollup(int, int) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.fold_rollups(max_deltas int DEFAULT 100000) RETURNS int
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	folded int := 0;
	one record;
BEGIN
	FOR one IN SELECT r.rollup_id FROM pulse_internal.rollup AS r WHERE r.state = 'ok' ORDER BY r.rollup_id
	LOOP
		EXIT WHEN folded >= max_deltas;
		BEGIN
			folded := folded + pulse_internal.fold_rollup(one.rollup_id, max_deltas - folded);
		EXCEPTION
			WHEN query_canceled OR admin_shutdown OR deadlock_detected OR serialization_failure
				OR lock_not_available THEN
				RAISE;
			WHEN OTHERS THEN
				-- one rollup must not stop the others, nor the tick
				UPDATE pulse_internal.rollup AS r SET state = 'broken', reason = SQLERRM
				WHERE r.rollup_id = one.rollup_id;
		END;
	END LOOP;
	RETURN folded;
END
$$;
ALTER FUNCTION pulse_internal.fold_rollups(int) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse_internal.fold_rollups(int) FROM PUBLIC;
