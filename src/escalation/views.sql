-- ---- escalation: views of the outbox ---------------------------------------------

CREATE OR REPLACE VIEW pulse_internal.message_state WITH (security_invoker = true) AS
	SELECT q.message_id, CASE WHEN q.claimed THEN 'claimed' ELSE 'queued' END AS state, q.attempt, q.lease_token, q.worker,
		   NULL::text AS provider_id, q.last_error, q.held_until, q.changed_at, coalesce(w.digest_at, q.not_before) AS not_before
	FROM pulse_internal.queue AS q LEFT JOIN pulse_internal.digest_wait AS w ON w.message_id = q.message_id
	UNION ALL
	SELECT d.message_id, d.state, d.attempt, d.lease_token, d.worker, d.provider_id, d.last_error, NULL, d.changed_at, NULL
	FROM pulse_internal.delivery AS d;
COMMENT ON VIEW pulse_internal.message_state IS 'How far each message has come; not_before with what a snoozed case or a digest adds, while it is queued.';

-- the same for who monitors: how many, and not to whom or what; errors of servers quote addresses
CREATE OR REPLACE VIEW pulse_internal.message_progress WITH (security_invoker = true) AS
	SELECT q.message_id, CASE WHEN q.claimed THEN 'claimed' ELSE 'queued' END AS state, q.attempt, q.changed_at,
		   q.not_before <= (SELECT pulse.clock()) AND q.held_until <= (SELECT clock_timestamp()) AS is_due
	FROM pulse_internal.queue AS q
	UNION ALL
	SELECT d.message_id, d.state, d.attempt, d.changed_at, false FROM pulse_internal.delivery AS d;
COMMENT ON VIEW pulse_internal.message_progress IS 'How far each message has come, for who may not see recipients.';
GRANT SELECT (message_id, channel, created_at, not_before) ON pulse_internal.message TO pg_monitor, pulse_author, pulse_analyst;
GRANT SELECT (message_id, channel, not_before, held_until, priority, claimed, withdraw, attempt, changed_at)
	ON pulse_internal.queue TO pg_monitor, pulse_author, pulse_analyst;
GRANT SELECT (message_id, state, attempt, changed_at) ON pulse_internal.delivery TO pg_monitor, pulse_author, pulse_analyst;
GRANT SELECT ON pulse_internal.message_progress TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE VIEW pulse.messages WITH (security_invoker = true) AS
	SELECT m.message_id, m.case_id, m.step + 1 AS step, nullif(m.repetition, 0) AS repetition, m.role, m.found_by, m.staff, m.recipient_name,
		   m.channel, m.recipient, m.copies, m.language, m.subject, m.body,
		   s.state, s.attempt, m.created_at, coalesce(s.not_before, m.not_before) AS not_before,
		   s.worker, s.provider_id, s.last_error, s.changed_at, m.idempotency_key::text AS idempotency_key, m.together
	FROM pulse_internal.message AS m LEFT JOIN pulse_internal.message_state AS s ON s.message_id = m.message_id;
COMMENT ON VIEW pulse.messages IS
'The outbox: what was written to whom, on which channel and address, and how far it has come (state: queued, claimed, unknown, sent, delivered, failed, dead, withdrawn, unaddressed, digested). step: of the rule, from 1; repetition: of a step that repeats, from 1. together: all cases it is about, where the rule put several together. found_by says how the recipient was found: role, fallback, nobody.';
GRANT SELECT ON pulse_internal.message, pulse_internal.digest_wait, pulse_internal.queue, pulse_internal.delivery, pulse_internal.message_state, pulse.messages
	TO pulse_admin;

-- how many messages a channel with limits may get now; NULL: as many as there are
CREATE OR REPLACE FUNCTION pulse_internal.channel_room(channel text) RETURNS bigint
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	RETURN (SELECT min(greatest(l.max_messages - (SELECT count(*) FROM pulse_internal.channel_use AS u
												  WHERE u.channel = l.channel AND u.last_at > clock_timestamp() - l.span), 0))
			FROM pulse_internal.channel_limit AS l WHERE l.channel = channel_room.channel AND NOT l.per_recipient);
ALTER FUNCTION pulse_internal.channel_room(text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse_internal.channel_room(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.channel_room(text) TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE VIEW pulse.channels WITH (security_invoker = true) AS
	SELECT c.name,
		   ARRAY(SELECT pulse_internal.limit_text(l.max_messages, l.span) FROM pulse_internal.channel_limit AS l
				 WHERE l.channel = c.name AND NOT l.per_recipient ORDER BY l.span) AS limits,
		   ARRAY(SELECT pulse_internal.limit_text(l.max_messages, l.span) FROM pulse_internal.channel_limit AS l
				 WHERE l.channel = c.name AND l.per_recipient ORDER BY l.span) AS recipient_limits,
		   pulse_internal.channel_room(c.name) AS room, c.overflow
	FROM pulse_internal.channel AS c;
COMMENT ON VIEW pulse.channels IS
'What channels of the outbox can take, as create_channel says: limits for all, for each recipient; room: how many messages may be claimed now (null: no limit for all); overflow: what is over a limit waits, or becomes a digest.';
GRANT SELECT ON pulse_internal.channel, pulse_internal.channel_limit, pulse.channels
	TO pg_monitor, pulse_admin, pulse_author, pulse_analyst;
