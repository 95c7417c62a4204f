-- ---- rollup: completeness, watermarks, closing ----------------------------------------

CREATE OR REPLACE FUNCTION pulse.expect_members(name text, dimension text, relation regclass DEFAULT NULL,
		member_column text DEFAULT NULL, since_column text DEFAULT NULL, until_column text DEFAULT NULL,
		close_at time DEFAULT NULL) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_expect_members';
REVOKE ALL ON FUNCTION pulse.expect_members(text, text, regclass, text, text, text, time) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.expect_members(text, text, regclass, text, text, text, time) TO pulse_admin, pulse_analyst;
COMMENT ON FUNCTION pulse.expect_members(text, text, regclass, text, text, text, time) IS
'Says whose figures a rollup waits for: the values of dimension, such as store, that relation lists in member_column, from since_column until before until_column (dates; a null has no bound). Without a relation: who had rows in the four weeks before. close_at: the job closes each period at that time of the day after it, complete or not, in the business time zone, from the current period on; without it close_rollup() does. Called again it replaces what was said. Only the owner of the rollup may. Errors: SP701 unknown rollup, 42703 unknown dimension or column, 22023 a relation without its column, 42501 not the owner.';

CREATE OR REPLACE FUNCTION pulse.mark_reported(name text, member text, until date) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_mark_reported';
COMMENT ON FUNCTION pulse.mark_reported(text, text, date) IS
'States that everything of member (such as a store) before the day until is in the source of the rollup: its watermark, also where a day had no rows. It may go back. Who may insert into the source may, and the owner of the rollup. Errors: SP701 unknown rollup, 22004 a null, 42501 missing rights.';

CREATE OR REPLACE FUNCTION pulse.report_status(name text, since date DEFAULT NULL, until date DEFAULT NULL,
		OUT period date, OUT status text, OUT expected int, OUT reported int, OUT missing text[],
		OUT state text, OUT closed_at timestamptz, OUT reopened_at timestamptz) RETURNS SETOF record
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_report_status';
COMMENT ON FUNCTION pulse.report_status(text, date, date) IS
'Whether the periods of a rollup from since until before until are complete (default: the seven before the current one): status complete, or partial with the missing members named. A member has reported a period when its watermark (mark_reported()) is at its end or later, or when it has rows in it. state: open, closed, or reopened (closed_at, and rows that came in since reopened_at). Needs SELECT on the view of the rollup. Errors: SP701 unknown rollup, 55000 nobody said whom it waits for (expect_members()), 42501.';

CREATE OR REPLACE FUNCTION pulse.rollup_watermarks(name text, OUT member text, OUT watermark date, OUT marked boolean)
	RETURNS SETOF record
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_rollup_watermarks';
COMMENT ON FUNCTION pulse.rollup_watermarks(text) IS
'How far each member of a rollup that is expected today has reported: everything before watermark is there, as stated by mark_reported() (marked), or else up to the last period with rows; NULL: nothing yet. The least of them is how far the rollup is complete. Errors: as report_status().';

CREATE OR REPLACE FUNCTION pulse.close_rollup(name text, until date DEFAULT NULL) RETURNS int
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_close_rollup';
REVOKE ALL ON FUNCTION pulse.close_rollup(text, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.close_rollup(text, date) TO pulse_admin, pulse_analyst;
COMMENT ON FUNCTION pulse.close_rollup(text, date) IS
'Closes the periods of a rollup that ended by until (default: today) and are not closed, or were reopened, and records whether they were complete and who was missing. Closing changes no figure: what comes in later is counted, and the period is reopened until it is closed again. Returns how many were closed. Only the owner of the rollup may. Errors: as report_status().';

CREATE OR REPLACE FUNCTION pulse_internal.close_rollup(rollup_id int, until date) RETURNS int
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_close_rollup_by_id';
REVOKE ALL ON FUNCTION pulse_internal.close_rollup(int, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.close_rollup(int, date) TO pulse_owner;

-- What is due at its stated time; a rollup that cannot be closed does not keep the others from it.
CREATE OR REPLACE FUNCTION pulse_internal.close_rollups() RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	due record;
	failure text;
BEGIN
	FOR due IN
		SELECT m.rollup_id, r.name, l.until
		FROM pulse_internal.rollup_member AS m JOIN pulse_internal.rollup AS r ON r.rollup_id = m.rollup_id,
			LATERAL (SELECT ((pulse.clock() AT TIME ZONE pulse.setting('timezone')) - m.close_at)::date AS until) AS l
		WHERE m.close_at IS NOT NULL AND r.state = 'ok'
		  -- once for each time of closing, so that what was reopened stays so until the next
		  AND NOT EXISTS (SELECT FROM pulse_internal.rollup_close AS c WHERE c.rollup_id = m.rollup_id
						  AND c.closed_at >= (l.until + m.close_at) AT TIME ZONE pulse.setting('timezone'))
		ORDER BY m.rollup_id
	LOOP
		BEGIN
			PERFORM pulse_internal.close_rollup(due.rollup_id, due.until);
		EXCEPTION WHEN others THEN
			failure := coalesce(failure || '; ', '') || due.name || ': ' || sqlerrm;
		END;
	END LOOP;
	IF failure IS NOT NULL THEN
		RAISE WARNING '%', failure USING HINT = 'Call pulse.close_rollup() to see the error in full.';
	END IF;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.close_rollups() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.close_rollups() TO pulse_owner;
