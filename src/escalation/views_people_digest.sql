-- ---- escalation: one message instead of many ---------------------------------------------

CREATE OR REPLACE VIEW pulse.digests WITH (security_invoker = true) AS
	SELECT d.staff, d.channel, d.at FROM pulse_internal.digest AS d;
COMMENT ON VIEW pulse.digests IS
'Who gets what is for him on a channel once a day, at a time of the business time zone, in one message. Set with pulse.set_digest().';
GRANT SELECT ON pulse_internal.digest, pulse.digests TO pulse_admin, pulse_author, pulse_analyst, pulse_app;

CREATE OR REPLACE FUNCTION pulse.set_digest(staff text, channel text, at time) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT pulse_internal.check_actor(set_digest.staff);
	SELECT pulse_internal.require(EXISTS (SELECT FROM pulse_internal.people(true) AS p WHERE p.id = set_digest.staff), 'staff', set_digest.staff);
	DELETE FROM pulse_internal.digest AS d WHERE d.staff = set_digest.staff AND d.channel = set_digest.channel;
	INSERT INTO pulse_internal.digest (staff, channel, at, created_at)
	SELECT set_digest.staff, set_digest.channel, set_digest.at, pulse.clock() WHERE set_digest.at IS NOT NULL;
END;
ALTER FUNCTION pulse.set_digest(text, text, time) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.set_digest(text, text, time) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.set_digest(text, text, time) TO pulse_app, pulse_admin;
COMMENT ON FUNCTION pulse.set_digest(text, text, time) IS
'What is for somebody on a channel goes out once a day, at that time of the business time zone, as one message with a list; null: at once again. Written before that instant, it is in that day''s message. Urgent messages and mails with copies go out alone. Errors: SP602 no such staff, 42501 you act as somebody else.';

-- When the first digest of somebody after an instant goes out; NULL: he has none on that
-- channel.  Instants are compared, as clocks that change show some times twice or never.
CREATE OR REPLACE FUNCTION pulse_internal.next_digest(staff text, channel text, since timestamptz) RETURNS timestamptz
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN (SELECT CASE WHEN c.of_day > next_digest.since THEN c.of_day ELSE (n.day + 1 + d.at) AT TIME ZONE n.zone END
			FROM pulse_internal.digest AS d,
				 (SELECT z.zone, (next_digest.since AT TIME ZONE z.zone)::date AS day FROM (SELECT pulse.setting('timezone') AS zone) AS z) AS n,
				 LATERAL (SELECT (n.day + d.at) AT TIME ZONE n.zone AS of_day) AS c
			WHERE d.staff = next_digest.staff AND d.channel = next_digest.channel);
REVOKE ALL ON FUNCTION pulse_internal.next_digest(text, text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.next_digest(text, text, timestamptz) TO pulse_owner;

-- Queued messages become one for each channel and recipient, with a list of all.  It is
-- about all their cases: so it is withdrawn when the last of them is closed.  Who has a
-- message claimed keeps it.
CREATE OR REPLACE FUNCTION pulse_internal.merge_messages(message_ids bigint[]) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	WITH free AS (
		SELECT q.message_id FROM pulse_internal.queue AS q
		WHERE q.message_id = ANY (merge_messages.message_ids) AND NOT q.claimed AND NOT q.withdraw FOR UPDATE SKIP LOCKED
	), taken AS MATERIALIZED (
		DELETE FROM pulse_internal.queue AS q USING free AS f, pulse_internal.message AS m
		WHERE q.message_id = f.message_id AND m.message_id = q.message_id
		RETURNING m.message_id, m.case_id, m.together, m.found_by, m.staff, m.recipient_name, m.channel, m.recipient, m.language, m.subject, m.body, m.variables ->> 'mail_html' AS page
	), quiet AS MATERIALIZED (
		SELECT q.staff, q.channel, q.not_before
		FROM (SELECT array_agg(t.staff) AS staff, array_agg(t.channel) AS channels FROM taken AS t) AS a, LATERAL pulse_internal.quiet_until(a.staff, a.channels) AS q
	), listed AS (
		SELECT t.*, row_number() OVER (PARTITION BY t.channel, t.recipient ORDER BY t.message_id) AS n, q.not_before
		FROM taken AS t LEFT JOIN quiet AS q ON q.channel = t.channel AND q.staff IS NOT DISTINCT FROM t.staff
	), written AS (
		INSERT INTO pulse_internal.message (together, verb, found_by, staff, recipient_name, channel, recipient, language, subject, body,
			variables, created_at, not_before)
		SELECT (SELECT array_agg(DISTINCT about.case_id) FROM taken AS t, LATERAL unnest(coalesce(t.together, ARRAY[t.case_id])) AS about(case_id)
				WHERE t.channel = l.channel AND t.recipient = l.recipient AND about.case_id IS NOT NULL),
			   'digest', min(l.found_by), min(l.staff), min(l.recipient_name), l.channel, l.recipient, min(l.language),
			   format(CASE min(l.language) WHEN 'zh' THEN '%s条消息' ELSE '%s messages' END, count(*)),
			   string_agg(CASE l.channel WHEN 'sms' THEN l.n || '. ' || l.body ELSE l.n || '. ' || l.subject || E'\n' || l.body END,
						  CASE l.channel WHEN 'sms' THEN E'\n' ELSE E'\n\n' END ORDER BY l.n),
			   jsonb_build_object('count', count(*)) || CASE l.channel WHEN 'mail' THEN jsonb_build_object('mail_html', pulse_internal.html_page(
					'<ol>' || E'\n' || string_agg(pulse_internal.html_item(l.subject, l.body, l.page), E'\n' ORDER BY l.n) || E'\n</ol>', min(l.language)))
					ELSE '{}' END,
			   pulse.clock(), greatest(pulse.clock(), max(l.not_before))
		FROM listed AS l GROUP BY l.channel, l.recipient
		RETURNING message_id, not_before, channel, recipient
	), queued AS (
		INSERT INTO pulse_internal.queue (message_id, not_before, channel)
		SELECT w.message_id, w.not_before, w.channel FROM written AS w
	), ended AS (
		INSERT INTO pulse_internal.delivery (message_id, changed_at, lease_token, attempt, state, last_error)
		SELECT t.message_id, clock_timestamp(), 0, 0, 'digested', 'in message ' || w.message_id
		FROM taken AS t JOIN written AS w ON w.channel = t.channel AND w.recipient = t.recipient
	)
	SELECT pg_notify('pulse_outbox', '') FROM (SELECT FROM written LIMIT 1) AS any_written;
END;
REVOKE ALL ON FUNCTION pulse_internal.merge_messages(bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.merge_messages(bigint[]) TO pulse_owner;

-- The cut: what was collected until now goes out; a single message as it is.  What a case
-- that is put off has to say is for the first digest after that.
CREATE OR REPLACE FUNCTION pulse_internal.release_digests() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	UPDATE pulse_internal.digest_wait AS d
	SET digest_at = coalesce(pulse_internal.next_digest(m.staff, m.channel, c.snoozed_until - interval '1 microsecond'), c.snoozed_until)
	FROM pulse_internal.message AS m JOIN pulse_internal.cases AS c ON c.case_id = m.case_id
	WHERE d.digest_at <= (SELECT pulse.clock()) AND m.message_id = d.message_id AND m.together IS NULL AND c.snoozed_until > pulse.clock();

	WITH due AS MATERIALIZED (
		DELETE FROM pulse_internal.digest_wait AS d WHERE d.digest_at <= (SELECT pulse.clock()) RETURNING d.message_id
	), waiting AS MATERIALIZED (
		SELECT q.message_id, m.staff, m.channel, count(*) OVER (PARTITION BY m.channel, m.recipient) AS same
		FROM due AS d JOIN pulse_internal.queue AS q ON q.message_id = d.message_id
		JOIN pulse_internal.message AS m ON m.message_id = d.message_id WHERE NOT q.withdraw
	), alone AS (
		UPDATE pulse_internal.queue AS q
		SET not_before = greatest(pulse.clock(), (SELECT u.not_before FROM pulse_internal.quiet_until(ARRAY[w.staff], ARRAY[w.channel]) AS u))
		FROM waiting AS w WHERE w.same = 1 AND q.message_id = w.message_id
		RETURNING q.message_id
	), told AS (
		SELECT pg_notify('pulse_outbox', '') FROM (SELECT FROM alone LIMIT 1) AS any_alone
	)
	SELECT pulse_internal.merge_messages(array_agg(w.message_id)) FROM waiting AS w, (SELECT count(*) FROM told) AS t
	WHERE w.same > 1 HAVING count(*) > 0;
END;
REVOKE ALL ON FUNCTION pulse_internal.release_digests() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.release_digests() TO pulse_owner;

-- how many messages a recipient may get now; NULL: as many as there are
CREATE OR REPLACE FUNCTION pulse_internal.recipient_room(channel text, recipient text) RETURNS bigint
	LANGUAGE sql STABLE STRICT PARALLEL SAFE
	RETURN (SELECT min(greatest(l.max_messages - (SELECT count(*) FROM pulse_internal.channel_use AS u
												  WHERE u.channel = l.channel AND u.recipient = recipient_room.recipient
													AND u.last_at > clock_timestamp() - l.span), 0))
			FROM pulse_internal.channel_limit AS l WHERE l.channel = recipient_room.channel AND l.per_recipient);
REVOKE ALL ON FUNCTION pulse_internal.recipient_room(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.recipient_room(text, text) TO pulse_owner;

-- More is due than a limit lets through: what is for one recipient becomes one message.
CREATE OR REPLACE FUNCTION pulse_internal.digest_overflow() RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	WITH due AS MATERIALIZED (
		SELECT q.message_id, q.channel, m.recipient, count(*) OVER (PARTITION BY q.channel) AS of_channel,
			   count(*) OVER (PARTITION BY q.channel, m.recipient) AS of_recipient
		FROM pulse_internal.channel AS c
		JOIN pulse_internal.queue AS q ON q.channel = c.name
		JOIN pulse_internal.message AS m ON m.message_id = q.message_id
		WHERE c.overflow = 'digest' AND NOT q.claimed AND NOT q.withdraw AND q.priority >= 0
		  AND q.not_before <= (SELECT pulse.clock()) AND m.copies = '{}'
		  AND NOT m.variables ? 'mail_csv'	-- an attachment goes with its own mail
	), room AS MATERIALIZED (
		SELECT d.channel, pulse_internal.channel_room(d.channel) AS room FROM (SELECT DISTINCT x.channel FROM due AS x) AS d
	), over AS (
		SELECT d.message_id FROM due AS d JOIN room AS r ON r.channel = d.channel
		WHERE d.of_recipient > 1
		  AND (d.of_channel > r.room OR d.of_recipient > pulse_internal.recipient_room(d.channel, d.recipient))
	)
	SELECT pulse_internal.merge_messages(array_agg(o.message_id)) FROM over AS o HAVING count(*) > 0;
END;
REVOKE ALL ON FUNCTION pulse_internal.digest_overflow() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.digest_overflow() TO pulse_owner;
