-- ---- escalation: the outbox -----------------------------------------------------
-- Claims and answers are C (claim.c, answer.c); what is rare is SQL.  A message goes queued -> claimed -> (unknown ->) sent -> delivered, or ends as
-- failed (a receipt says so), dead (given up), withdrawn (its case closed first).
-- Nobody moves it back but a failure, a lease that ran out, or retry_messages().

CREATE OR REPLACE FUNCTION pulse_internal.max_attempts() RETURNS int
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN 12;
REVOKE ALL ON FUNCTION pulse_internal.max_attempts() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.max_attempts() TO pulse_owner;

-- 30 seconds, doubled at each try, an hour at most: twelve tries take five hours
CREATE OR REPLACE FUNCTION pulse_internal.backoff(attempt int) RETURNS interval
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN least(interval '30 seconds' * 2 ^ least(greatest(attempt, 1) - 1, 20), interval '1 hour');
REVOKE ALL ON FUNCTION pulse_internal.backoff(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.backoff(int) TO pulse_owner;

-- how far a message has come; it never goes back to a lower rank by an ack.
-- Not STRICT: a CASE would then not be inlined.
CREATE OR REPLACE FUNCTION pulse_internal.outcome_rank(state text) RETURNS int
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE state WHEN 'claimed' THEN 1 WHEN 'unknown' THEN 2 WHEN 'sent' THEN 3
					  WHEN 'delivered' THEN 4 WHEN 'failed' THEN 4 ELSE 0 END;
REVOKE ALL ON FUNCTION pulse_internal.outcome_rank(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.outcome_rank(text) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse.claim_messages(worker text, max_messages int DEFAULT 100,
		lease interval DEFAULT '60 seconds', channels text[] DEFAULT NULL, except_channels text[] DEFAULT NULL)
	RETURNS TABLE (message_id bigint, lease_token bigint, channel text, recipient text,
				   recipient_name text, copies text[], subject text, body text, variables jsonb,
				   idempotency_key text, attempt int, created_at timestamptz)
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_claim_messages';
ALTER FUNCTION pulse.claim_messages(text, int, interval, text[], text[]) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.claim_messages(text, int, interval, text[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.claim_messages(text, int, interval, text[], text[]) TO pulse_relay, pulse_admin;
COMMENT ON FUNCTION pulse.claim_messages(text, int, interval, text[], text[]) IS
'Gives a worker up to max_messages messages to deliver, in order of priority and age, no message to two workers. Answer each with ack_message or fail_message and the lease_token; what is not answered when the lease ends may be claimed again, with attempt one higher. Send the idempotency_key along where the channel has one. With channels, only of those; with except_channels, of none of those: so a worker leaves alone what it cannot send now. A channel with limits (pulse.channels) gives no more than they allow, to all workers together; claims on it take turns. Errors: 22023 unusable argument, SP902 delivery is held, 0A000 a channel with limits in a REPEATABLE READ transaction.';

CREATE OR REPLACE FUNCTION pulse.ack_message(message_id bigint, lease_token bigint,
		provider_id text DEFAULT NULL, outcome text DEFAULT 'sent', reason text DEFAULT NULL) RETURNS boolean
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_ack_message';
ALTER FUNCTION pulse.ack_message(bigint, bigint, text, text, text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.ack_message(bigint, bigint, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.ack_message(bigint, bigint, text, text, text) TO pulse_relay, pulse_admin;
COMMENT ON FUNCTION pulse.ack_message(bigint, bigint, text, text, text) IS
'Says that a claimed message is sent, delivered, or that it is unknown whether it was sent (a connection cut after the text; the reason says it). May be told again as receipts come, in any order: the state only goes forward. False: the lease was lost, another worker has or had the message. Error 22023: unknown outcome.';

CREATE OR REPLACE FUNCTION pulse.ack_messages(message_ids bigint[], lease_tokens bigint[],
		outcome text DEFAULT 'sent', provider_ids text[] DEFAULT NULL) RETURNS SETOF bigint
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_ack_messages';
ALTER FUNCTION pulse.ack_messages(bigint[], bigint[], text, text[]) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.ack_messages(bigint[], bigint[], text, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.ack_messages(bigint[], bigint[], text, text[]) TO pulse_relay, pulse_admin;
COMMENT ON FUNCTION pulse.ack_messages(bigint[], bigint[], text, text[]) IS
'ack_message for many: ids, their lease tokens and, where there are some, provider ids, side by side. Returns the ids whose lease held. Error 22023: unknown outcome.';

-- the state after a failure; NULL where a failure changes nothing
CREATE OR REPLACE FUNCTION pulse_internal.state_after_failure(state text, attempt int, withdraw boolean,
		permanent boolean) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE
		WHEN state = 'sent' THEN 'failed'
		WHEN withdraw THEN 'withdrawn'
		WHEN permanent OR attempt >= pulse_internal.max_attempts() THEN 'dead'
		ELSE 'queued'
	END;
REVOKE ALL ON FUNCTION pulse_internal.state_after_failure(text, int, boolean, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.state_after_failure(text, int, boolean, boolean) TO pulse_owner;

-- a place in the channel's limits runs out from the answer on; what never reached the channel takes none
CREATE OR REPLACE FUNCTION pulse_internal.free_place(message_id bigint, lease_token bigint, reached boolean) RETURNS void
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	DELETE FROM pulse_internal.channel_use AS u
	WHERE NOT free_place.reached AND u.message_id = free_place.message_id AND u.lease_token = free_place.lease_token;
	UPDATE pulse_internal.channel_use AS u SET last_at = least(u.last_at, clock_timestamp())
	WHERE u.message_id = free_place.message_id AND u.lease_token = free_place.lease_token;
END;
REVOKE ALL ON FUNCTION pulse_internal.free_place(bigint, bigint, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.free_place(bigint, bigint, boolean) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse.fail_message(message_id bigint, lease_token bigint, error text,
		retry_after interval DEFAULT NULL, permanent boolean DEFAULT false, reached boolean DEFAULT true) RETURNS text
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT pulse_internal.free_place(fail_message.message_id, fail_message.lease_token, coalesce(fail_message.reached, true));
	WITH claimed AS MATERIALIZED (
		SELECT q.*, pulse_internal.state_after_failure('claimed', CASE WHEN fail_message.reached THEN q.attempt ELSE 0 END,
													   q.withdraw, coalesce(fail_message.permanent, false)) AS becomes
		FROM pulse_internal.queue AS q
		WHERE q.message_id = fail_message.message_id AND q.lease_token = fail_message.lease_token AND q.claimed
		FOR UPDATE
	), settled AS MATERIALIZED (
		SELECT d.*, pulse_internal.state_after_failure(d.state, d.attempt, false, coalesce(fail_message.permanent, false)) AS becomes
		FROM pulse_internal.delivery AS d
		WHERE d.message_id = fail_message.message_id AND d.lease_token = fail_message.lease_token
		  AND d.state IN ('unknown', 'sent')
		FOR UPDATE
	), pause AS (
		SELECT a.attempt, clock_timestamp() + greatest(coalesce(fail_message.retry_after, pulse_internal.backoff(a.attempt)),
													   interval '0') AS held_until
		FROM (SELECT c.attempt FROM claimed AS c UNION ALL SELECT s.attempt FROM settled AS s) AS a
	), again AS (
		UPDATE pulse_internal.queue AS q
		SET claimed = false, attempt = q.attempt - CASE WHEN fail_message.reached THEN 0 ELSE 1 END,
			held_until = p.held_until, last_error = left(fail_message.error, 2000), changed_at = clock_timestamp()
		FROM claimed AS c, pause AS p WHERE q.message_id = c.message_id AND c.becomes = 'queued'
	), given_up AS (
		DELETE FROM pulse_internal.queue AS q USING claimed AS c
		WHERE q.message_id = c.message_id AND c.becomes <> 'queued'
	), ended AS (
		INSERT INTO pulse_internal.delivery (message_id, changed_at, lease_token, attempt, state, worker, last_error)
		SELECT c.message_id, clock_timestamp(), c.lease_token, c.attempt, c.becomes, c.worker, left(fail_message.error, 2000)
		FROM claimed AS c WHERE c.becomes <> 'queued'
	), failed AS (
		UPDATE pulse_internal.delivery AS d
		SET state = s.becomes, last_error = left(fail_message.error, 2000), changed_at = clock_timestamp()
		FROM settled AS s WHERE d.message_id = s.message_id AND s.becomes <> 'queued'
	), taken_back AS (
		DELETE FROM pulse_internal.delivery AS d USING settled AS s
		WHERE d.message_id = s.message_id AND s.becomes = 'queued'
	), queued AS (
		INSERT INTO pulse_internal.queue (message_id, not_before, held_until, priority, attempt, channel, worker, last_error)
		SELECT m.message_id, m.not_before, p.held_until, m.priority, s.attempt, m.channel, s.worker, left(fail_message.error, 2000)
		FROM settled AS s, pause AS p, pulse_internal.message AS m
		WHERE m.message_id = s.message_id AND s.becomes = 'queued'
	)
	SELECT c.becomes FROM claimed AS c UNION ALL SELECT s.becomes FROM settled AS s;
END;
ALTER FUNCTION pulse.fail_message(bigint, bigint, text, interval, boolean, boolean) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.fail_message(bigint, bigint, text, interval, boolean, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.fail_message(bigint, bigint, text, interval, boolean, boolean) TO pulse_relay, pulse_admin;
COMMENT ON FUNCTION pulse.fail_message(bigint, bigint, text, interval, boolean, boolean) IS
'Says that a claimed message could not be delivered. It is queued again after retry_after (default: 30 seconds, doubled at each try, at most an hour) and dead after 12 tries, or at once when permanent. Where reached is false (its channel is down, no message came through) the try does not count. After "sent" (a receipt says no) it is failed. Returns the new state; NULL when the lease was lost.';

CREATE OR REPLACE FUNCTION pulse.retry_messages(message_ids bigint[]) RETURNS SETOF bigint
	LANGUAGE sql VOLATILE STRICT PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	WITH taken_back AS (
		DELETE FROM pulse_internal.delivery AS d USING pulse_internal.message AS m
		WHERE d.message_id = ANY (retry_messages.message_ids) AND m.message_id = d.message_id
		  AND d.state IN ('dead', 'failed', 'unknown') AND m.recipient IS NOT NULL
		RETURNING m.message_id, m.not_before, m.priority, m.channel, d.worker, d.last_error
	)
	INSERT INTO pulse_internal.queue AS q (message_id, not_before, priority, channel, worker, last_error)
	SELECT t.message_id, t.not_before, t.priority, t.channel, t.worker, t.last_error FROM taken_back AS t
	RETURNING q.message_id;
END;
ALTER FUNCTION pulse.retry_messages(bigint[]) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.retry_messages(bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.retry_messages(bigint[]) TO pulse_admin;
COMMENT ON FUNCTION pulse.retry_messages(bigint[]) IS
'Queues messages again that are dead, failed or unknown, with the same idempotency key. Returns the ids that were.';

CREATE OR REPLACE FUNCTION pulse.find_message(channel text, serial text, OUT message_id bigint, OUT lease_token bigint) RETURNS SETOF record
	LANGUAGE sql STABLE STRICT PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT d.message_id, d.lease_token
	FROM pulse_internal.delivery AS d JOIN pulse_internal.message AS m ON m.message_id = d.message_id
	WHERE d.provider_id = 'tencent:' || find_message.serial AND d.provider_id LIKE 'tencent:%' AND m.channel = find_message.channel;
END;
ALTER FUNCTION pulse.find_message(text, text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.find_message(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.find_message(text, text) TO pulse_relay, pulse_admin;
COMMENT ON FUNCTION pulse.find_message(text, text) IS
'The message that went out on a channel under this serial number of the gateway, with the lease token to answer it by: for receipts that name a message by nothing else (Tencent). No row where there is none.';
