-- ---- escalation: who stands in, and when a message may go out ---------------------------

CREATE OR REPLACE VIEW pulse.quiet_hours WITH (security_invoker = true) AS
	SELECT CASE WHEN q.scope = 'channel' THEN q.name ELSE nullif(q.channel, '') END AS channel,
		   CASE WHEN q.scope = 'staff' THEN q.name END AS staff, CASE WHEN q.scope = 'org' THEN q.name END AS org_path,
		   q.since, q.until, q.calendar
	FROM pulse_internal.quiet_hours AS q;
COMMENT ON VIEW pulse.quiet_hours IS 'When nothing is sent that can wait, as set_quiet_hours says.';
GRANT SELECT ON pulse_internal.quiet_hours, pulse.quiet_hours TO pulse_admin, pulse_author, pulse_analyst, pulse_app;

CREATE OR REPLACE VIEW pulse.deputies WITH (security_invoker = true) AS
	SELECT d.staff, d.deputy, d.since, nullif(d.until, 'infinity') AS until,
		   (pulse.clock() AT TIME ZONE pulse.setting('timezone'))::date BETWEEN d.since AND d.until AS is_on
	FROM pulse_internal.deputy AS d;
COMMENT ON VIEW pulse.deputies IS
'Who stands in for whom (ids of staff), on which days, both included (until null: for good); is_on: today. Set with pulse.set_deputy().';
GRANT SELECT ON pulse_internal.deputy, pulse.deputies TO pulse_admin, pulse_author, pulse_analyst, pulse_app;

CREATE OR REPLACE FUNCTION pulse.set_deputy(staff text, deputy text, since date DEFAULT NULL, until date DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	first_day date := coalesce(since, (pulse.clock() AT TIME ZONE pulse.setting('timezone'))::date);
	last_day date := coalesce(until, 'infinity');
	cycle text;
BEGIN
	PERFORM pulse_internal.check_actor(staff);
	IF first_day > last_day THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'the last day lies before the first',
			DETAIL = format('From %s to %s there is no day.', first_day, last_day), HINT = 'Name the first and the last day of the absence.';
	END IF;
	PERFORM pulse_internal.require(EXISTS (SELECT FROM pulse_internal.people(true) AS p WHERE p.id = who.id), 'staff', who.id)
	FROM unnest(ARRAY[staff, deputy]) AS who(id);
	LOCK TABLE pulse_internal.deputy IN SHARE ROW EXCLUSIVE MODE;	-- two that make a cycle together exclude each other
	cycle := CASE WHEN staff = deputy THEN staff || ' -> ' || deputy
			 ELSE pulse_internal.deputy_cycle(staff, deputy, first_day, last_day) END;
	IF cycle IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'SP607', MESSAGE = format('%s would stand in for himself', staff),
			DETAIL = format('On days that they have in common: %s.', cycle), HINT = 'Name somebody outside this chain, or other days.';
	END IF;
	IF EXISTS (SELECT FROM pulse_internal.deputy AS d WHERE d.staff = set_deputy.staff AND d.since <> first_day
			   AND d.since <= last_day AND d.until >= first_day) THEN
		RAISE EXCEPTION USING ERRCODE = 'exclusion_violation', MESSAGE = format('%s has another deputy on some of these days', staff),
			DETAIL = 'A day has one deputy.', HINT = 'SELECT * FROM pulse.deputies; take the other away with pulse.drop_deputy(staff, since).';
	END IF;
	INSERT INTO pulse_internal.deputy (staff, deputy, since, until, created_at)
	VALUES (set_deputy.staff, set_deputy.deputy, first_day, last_day, pulse.clock())
	ON CONFLICT ON CONSTRAINT deputy_pkey DO UPDATE
	SET deputy = excluded.deputy, until = excluded.until, created_at = excluded.created_at;
END
$$;
ALTER FUNCTION pulse.set_deputy(text, text, date, date) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.set_deputy(text, text, date, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.set_deputy(text, text, date, date) TO pulse_app, pulse_admin;
COMMENT ON FUNCTION pulse.set_deputy(text, text, date, date) IS
'From since (default: today) to until (default: for good), both days included, what is for staff goes to the deputy, and on to the deputy''s own where there is one. It counts when a message or task is written; what was written before stays. A second call with the same first day replaces the first. Errors: SP602 no such staff, SP607 a chain that comes back, 23P01 another deputy on these days, 22023 no day, 42501 you act as somebody else.';

CREATE OR REPLACE FUNCTION pulse.drop_deputy(staff text, since date DEFAULT NULL) RETURNS bigint
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT pulse_internal.check_actor(drop_deputy.staff);
	WITH gone AS (
		DELETE FROM pulse_internal.deputy AS d
		WHERE d.staff = drop_deputy.staff AND d.since = coalesce(drop_deputy.since, d.since) RETURNING 1
	)
	SELECT count(*) FROM gone;
END;
ALTER FUNCTION pulse.drop_deputy(text, date) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.drop_deputy(text, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.drop_deputy(text, date) TO pulse_app, pulse_admin;
COMMENT ON FUNCTION pulse.drop_deputy(text, date) IS
'Takes away the deputy that somebody has from a first day on; without one, all of them. Returns how many. Error 42501: you act as somebody else.';

-- Who is away today, and who of the mapped staff stands in at the end of the chain.
-- Where that is nobody mapped, the one before; at last the absent himself.
CREATE OR REPLACE FUNCTION pulse_internal.standing_in()
	RETURNS TABLE (staff text, deputy text, name text, email text, mobile text, channel text, language text)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	WITH RECURSIVE today AS MATERIALIZED (
		SELECT d.staff, d.deputy FROM pulse_internal.deputy AS d
		WHERE (pulse.clock() AT TIME ZONE pulse.setting('timezone'))::date BETWEEN d.since AND d.until
	), chain(staff, deputy, length) AS (
		SELECT t.staff, t.deputy, 1 FROM today AS t
		UNION ALL
		SELECT c.staff, t.deputy, c.length + 1 FROM chain AS c JOIN today AS t ON t.staff = c.deputy WHERE c.length < 50
	), people AS MATERIALIZED (
		SELECT p.* FROM pulse_internal.people(true) AS p WHERE EXISTS (SELECT FROM today)
	)
	SELECT DISTINCT ON (c.staff) c.staff, c.deputy, p.name, p.email, p.mobile, coalesce(nullif(p.channel, ''), 'mail'), p.language
	FROM chain AS c JOIN people AS p ON p.id = c.deputy
	ORDER BY c.staff, c.length DESC;
END;
REVOKE ALL ON FUNCTION pulse_internal.standing_in() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.standing_in() TO pulse_owner, pulse_admin, pulse_author;

-- The first instant at which a message to somebody on a channel disturbs nobody, for
-- many at once; pairs that have no quiet hours are left out.
CREATE OR REPLACE FUNCTION pulse_internal.quiet_until(staff text[], channels text[])
	RETURNS TABLE (staff text, channel text, not_before timestamptz)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	WITH RECURSIVE pair AS MATERIALIZED (
		SELECT DISTINCT u.staff, u.channel FROM unnest(quiet_until.staff, quiet_until.channels) AS u(staff, channel)
		WHERE EXISTS (SELECT FROM pulse_internal.quiet_hours)
	), unit AS MATERIALIZED (
		SELECT p.id, p.org_path FROM pulse_internal.people(true) AS p
		WHERE p.org_path <> '' AND EXISTS (SELECT FROM pulse_internal.quiet_hours AS q WHERE q.scope = 'org')
	), quiet AS MATERIALIZED (
		SELECT p.staff, p.channel, q.since, q.until, q.calendar
		FROM pair AS p CROSS JOIN pulse_internal.quiet_hours AS q
		LEFT JOIN unit AS u ON u.id = p.staff
		WHERE q.channel IN ('', p.channel)
		  AND CASE q.scope WHEN 'channel' THEN q.name = p.channel WHEN 'staff' THEN q.name = p.staff
						   ELSE starts_with(u.org_path || '.', q.name || '.') END
	), moved(staff, channel, at, n) AS (
		SELECT DISTINCT q.staff, q.channel, pulse.clock(), 0 FROM quiet AS q
		UNION ALL
		SELECT m.staff, m.channel, e.at, m.n + 1
		FROM moved AS m, LATERAL (
			SELECT max(pulse_internal.quiet_end(m.at, q.since, q.until, q.calendar)) AS at
			FROM quiet AS q WHERE q.staff IS NOT DISTINCT FROM m.staff AND q.channel = m.channel) AS e
		WHERE e.at > m.at AND m.n < 400		-- a year without a working hour is a mistake: then it may as well go
	)
	SELECT m.staff, m.channel, max(m.at) FROM moved AS m GROUP BY m.staff, m.channel;
END;
REVOKE ALL ON FUNCTION pulse_internal.quiet_until(text[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.quiet_until(text[], text[]) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse.explain_role(role text, key text DEFAULT NULL, key_value text DEFAULT NULL)
	RETURNS TABLE (staff text, name text, email text, mobile text, channel text, org_path text, found_by text)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	SELECT coalesce(d.deputy, r.staff), CASE WHEN d.deputy IS NULL THEN r.name ELSE d.name END,
		   CASE WHEN d.deputy IS NULL THEN r.email ELSE d.email END, CASE WHEN d.deputy IS NULL THEN r.mobile ELSE d.mobile END,
		   coalesce(d.channel, r.channel), r.org_path,
		   concat(CASE r.key_name WHEN '' THEN 'fixed' ELSE r.key_name || ' ' || r.key END,
				  CASE WHEN d.deputy IS NOT NULL THEN ', deputy of ' || r.staff END)
	FROM pulse_internal.resolve_roles(ARRAY[explain_role.role],
			CASE WHEN explain_role.key IS NULL THEN '{}'::text[] ELSE ARRAY[explain_role.key] END,
			CASE WHEN explain_role.key IS NULL THEN '{}'::text[] ELSE ARRAY[explain_role.key_value] END, false) AS r
	LEFT JOIN pulse_internal.standing_in() AS d ON d.staff = r.staff
	ORDER BY 1;
END;
REVOKE ALL ON FUNCTION pulse.explain_role(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.explain_role(text, text, text) TO pulse_admin, pulse_author;
COMMENT ON FUNCTION pulse.explain_role(text, text, text) IS
'Who holds a role now, for a key such as (''rep'', ''customer'', ''17''), and how that was found; where somebody is away, his deputy, with the unit of the holder. No rows: nobody, so a message would go to the role of the setting fallback_role. Error 42501: you may not read the view of a mapping that is asked.';
