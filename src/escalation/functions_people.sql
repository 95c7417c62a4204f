-- ---- escalation: deputies and quiet hours ----------------------------------------------

-- is it a working day; where the calendar cannot tell, it is
CREATE OR REPLACE FUNCTION pulse_internal.may_be_working_day(day date, calendar text) RETURNS boolean
	LANGUAGE c STABLE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_may_be_working_day';
REVOKE ALL ON FUNCTION pulse_internal.may_be_working_day(date, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.may_be_working_day(date, text) TO pulse_owner;

-- the end of one stretch of quiet that an instant lies in; the instant itself where there is none
CREATE OR REPLACE FUNCTION pulse_internal.quiet_end(instant timestamptz, since time, until time, calendar text)
	RETURNS timestamptz
	LANGUAGE sql STABLE PARALLEL UNSAFE
	RETURN (SELECT CASE
			WHEN calendar IS NOT NULL AND NOT pulse_internal.may_be_working_day(l.at::date, calendar)
				THEN (l.at::date + 1)::timestamp AT TIME ZONE l.zone
			WHEN since < until AND l.at::time >= since AND l.at::time < until THEN (l.at::date + until) AT TIME ZONE l.zone
			WHEN since > until AND l.at::time >= since THEN (l.at::date + 1 + until) AT TIME ZONE l.zone
			WHEN since > until AND l.at::time < until THEN (l.at::date + until) AT TIME ZONE l.zone
			ELSE instant END
		FROM (SELECT instant AT TIME ZONE pulse.setting('timezone') AS at, pulse.setting('timezone') AS zone) AS l);
REVOKE ALL ON FUNCTION pulse_internal.quiet_end(timestamptz, time, time, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.quiet_end(timestamptz, time, time, text) TO pulse_owner;

-- Would "staff" stand in for himself, by way of others, on some day of the span?
-- A chain holds on the days that all its links have in common.
CREATE OR REPLACE FUNCTION pulse_internal.deputy_cycle(staff text, deputy text, since date, until date) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
	WITH RECURSIVE chain(staff, path, since, until) AS (
		SELECT deputy_cycle.deputy, ARRAY[deputy_cycle.staff, deputy_cycle.deputy], deputy_cycle.since, deputy_cycle.until
		UNION ALL
		SELECT d.deputy, c.path || d.deputy, greatest(c.since, d.since), least(c.until, d.until)
		FROM chain AS c JOIN pulse_internal.deputy AS d ON d.staff = c.staff
		WHERE d.since <= c.until AND d.until >= c.since AND c.staff <> deputy_cycle.staff AND cardinality(c.path) < 50
		  AND NOT (d.staff = deputy_cycle.staff AND d.since = deputy_cycle.since)
	)
	SELECT array_to_string(c.path, ' -> ') FROM chain AS c WHERE c.staff = deputy_cycle.staff
	ORDER BY cardinality(c.path) LIMIT 1;
END;
REVOKE ALL ON FUNCTION pulse_internal.deputy_cycle(text, text, date, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.deputy_cycle(text, text, date, date) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse.set_quiet_hours(since time DEFAULT NULL, until time DEFAULT NULL,
		channel text DEFAULT NULL, staff text DEFAULT NULL, org_path text DEFAULT NULL, calendar text DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF num_nonnulls(staff, org_path) > 1 OR num_nonnulls(channel, staff, org_path) = 0 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'quiet hours of nobody, or of several',
			DETAIL = 'They are of a channel, of a person, or of an org unit; of these two also on one channel only.',
			HINT = 'Type such as set_quiet_hours(''22:00'', ''08:00'', channel => ''sms'').';
	END IF;
	IF num_nonnulls(since, until) = 1 OR since = until OR since IS NULL AND calendar IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'unusable quiet hours',
			DETAIL = 'They have a beginning and another end, or a calendar whose days off are quiet, or both.',
			HINT = 'Type such as set_quiet_hours(''22:00'', ''08:00'', channel => ''sms'').';
	END IF;
	IF calendar IS NOT NULL THEN
		PERFORM pulse.is_working_day((pulse.clock() AT TIME ZONE pulse.setting('timezone'))::date, calendar);
	END IF;
	INSERT INTO pulse_internal.quiet_hours AS q (scope, name, channel, since, until, calendar, created_at)
	VALUES (CASE WHEN staff IS NOT NULL THEN 'staff' WHEN org_path IS NOT NULL THEN 'org' ELSE 'channel' END,
			coalesce(staff, org_path, channel), CASE WHEN num_nonnulls(staff, org_path) = 1 THEN coalesce(channel, '') ELSE '' END,
			set_quiet_hours.since, set_quiet_hours.until, set_quiet_hours.calendar, pulse.clock())
	ON CONFLICT ON CONSTRAINT quiet_hours_pkey DO UPDATE
	SET since = excluded.since, until = excluded.until, calendar = excluded.calendar, created_at = excluded.created_at;
END
$$;
ALTER FUNCTION pulse.set_quiet_hours(time, time, text, text, text, text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.set_quiet_hours(time, time, text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.set_quiet_hours(time, time, text, text, text, text) TO pulse_admin;
COMMENT ON FUNCTION pulse.set_quiet_hours(time, time, text, text, text, text) IS
'From since to until of each day, in the business time zone, nothing goes out: on a channel, to a person, or to an org unit and all below it (of these also on one channel only). With a calendar its days off are quiet, too. Messages wait for the end, all other moments stay; urgent ones (a template says so) do not wait. A second call for the same replaces the first. Errors: 22023 unusable, SP202 unknown calendar.';

CREATE OR REPLACE FUNCTION pulse.drop_quiet_hours(channel text DEFAULT NULL, staff text DEFAULT NULL,
		org_path text DEFAULT NULL) RETURNS boolean
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	WITH gone AS (
		DELETE FROM pulse_internal.quiet_hours AS q
		WHERE q.scope = CASE WHEN drop_quiet_hours.staff IS NOT NULL THEN 'staff'
							 WHEN drop_quiet_hours.org_path IS NOT NULL THEN 'org' ELSE 'channel' END
		  AND q.name = coalesce(drop_quiet_hours.staff, drop_quiet_hours.org_path, drop_quiet_hours.channel)
		  AND (q.scope = 'channel' OR q.channel = coalesce(drop_quiet_hours.channel, ''))
		RETURNING 1
	)
	SELECT EXISTS (SELECT FROM gone);
END;
ALTER FUNCTION pulse.drop_quiet_hours(text, text, text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.drop_quiet_hours(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.drop_quiet_hours(text, text, text) TO pulse_admin;
COMMENT ON FUNCTION pulse.drop_quiet_hours(text, text, text) IS
'Takes quiet hours away, named as set_quiet_hours named them. True: there were some. Messages that wait for their end already go on waiting.';
