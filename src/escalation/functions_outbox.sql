-- ---- escalation: the outbox -----------------------------------------------------
-- A message goes queued -> claimed -> (unknown ->) sent -> delivered, or ends as
-- failed (a receipt says so), dead (given up), withdrawn (its case closed first).
-- Nobody moves it back but a failure, a lease that ran out, or retry_messages().

CREATE OR REPLACE FUNCTION pulse_internal.check_claim(worker text, max_messages int, lease interval, held boolean) RETURNS void
	LANGUAGE c STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_check_claim';
REVOKE ALL ON FUNCTION pulse_internal.check_claim(text, int, interval, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.check_claim(text, int, interval, boolean) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.check_outcome(outcome text) RETURNS text
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_check_outcome';
REVOKE ALL ON FUNCTION pulse_internal.check_outcome(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.check_outcome(text) TO pulse_owner;

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
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT pulse_internal.check_claim(claim_messages.worker, claim_messages.max_messages,
									  claim_messages.lease, pulse_internal.delivery_held());
	WITH expired AS (
		SELECT m.message_id
		FROM pulse_internal.message AS m
		WHERE m.state = 'claimed' AND NOT m.withdraw
		  AND m.held_until <= (SELECT clock_timestamp())
		  AND (claim_messages.channels IS NULL OR m.channel = ANY (claim_messages.channels))
		  AND (claim_messages.except_channels IS NULL OR m.channel <> ALL (claim_messages.except_channels))
		ORDER BY m.held_until
		LIMIT claim_messages.max_messages
		FOR UPDATE SKIP LOCKED
	), queued AS (
		SELECT m.message_id
		FROM pulse_internal.message AS m
		WHERE m.state = 'queued' AND NOT m.withdraw
		  AND m.not_before <= (SELECT pulse.clock())
		  AND m.held_until <= (SELECT clock_timestamp())
		  AND (claim_messages.channels IS NULL OR m.channel = ANY (claim_messages.channels))
		  AND (claim_messages.except_channels IS NULL OR m.channel <> ALL (claim_messages.except_channels))
		ORDER BY m.priority, m.not_before, m.message_id
		LIMIT claim_messages.max_messages - (SELECT count(*) FROM expired)
		FOR UPDATE SKIP LOCKED
	), picked AS (
		SELECT e.message_id FROM expired AS e UNION ALL SELECT q.message_id FROM queued AS q
	), claimed AS (
		UPDATE pulse_internal.message AS m
		SET state = CASE WHEN m.attempt < pulse_internal.max_attempts() THEN 'claimed' ELSE 'dead' END,
			attempt = least(m.attempt + 1, pulse_internal.max_attempts()),
			lease_token = nextval('pulse_internal.lease_token'),
			worker = claim_messages.worker,
			held_until = clock_timestamp() + claim_messages.lease,
			last_error = CASE WHEN m.attempt < pulse_internal.max_attempts() THEN m.last_error
							  ELSE coalesce(m.last_error, 'its workers came to no end') END,
			changed_at = clock_timestamp()
		-- an array, so that the plan goes by the primary key however many there are
		WHERE m.message_id = ANY (ARRAY(SELECT p.message_id FROM picked AS p))
		RETURNING m.*
	)
	SELECT c.message_id, c.lease_token, c.channel, c.recipient, c.recipient_name, c.copies,
		   c.subject, c.body, c.variables, c.idempotency_key::text, c.attempt, c.created_at
	FROM claimed AS c
	WHERE c.state = 'claimed'
	ORDER BY c.priority, c.not_before, c.message_id;
END;
ALTER FUNCTION pulse.claim_messages(text, int, interval, text[], text[]) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.claim_messages(text, int, interval, text[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.claim_messages(text, int, interval, text[], text[]) TO pulse_relay, pulse_admin;
COMMENT ON FUNCTION pulse.claim_messages(text, int, interval, text[], text[]) IS
'Gives a worker up to max_messages messages to deliver, in order of priority and age, no message to two workers. Answer each with ack_message or fail_message and the lease_token; what is not answered when the lease ends may be claimed again, with attempt one higher. Send the idempotency_key along where the channel has one. With channels, only of those; with except_channels, of none of those: so a worker leaves alone what it cannot send now. Errors: 22023 unusable argument, SP902 delivery is held.';

CREATE OR REPLACE FUNCTION pulse.ack_message(message_id bigint, lease_token bigint,
		provider_id text DEFAULT NULL, outcome text DEFAULT 'sent', reason text DEFAULT NULL) RETURNS boolean
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	WITH acked AS (
		UPDATE pulse_internal.message AS m
		SET state = CASE WHEN pulse_internal.outcome_rank(m.state) < pulse_internal.outcome_rank(ack_message.outcome)
						 THEN ack_message.outcome ELSE m.state END,
			provider_id = coalesce(ack_message.provider_id, m.provider_id),
			last_error = coalesce(left(ack_message.reason, 2000), m.last_error),
			changed_at = clock_timestamp()
		WHERE m.message_id = ack_message.message_id AND m.lease_token = ack_message.lease_token
		  AND m.state IN ('claimed', 'unknown', 'sent', 'delivered', 'failed')
		  AND pulse_internal.check_outcome(ack_message.outcome) IS NOT NULL
		RETURNING 1
	)
	SELECT EXISTS (SELECT FROM acked)
	WHERE pulse_internal.check_outcome(ack_message.outcome) IS NOT NULL;
END;
ALTER FUNCTION pulse.ack_message(bigint, bigint, text, text, text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.ack_message(bigint, bigint, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.ack_message(bigint, bigint, text, text, text) TO pulse_relay, pulse_admin;
COMMENT ON FUNCTION pulse.ack_message(bigint, bigint, text, text, text) IS
'Says that a claimed message is sent, delivered, or that it is unknown whether it was sent (a connection cut after the text; the reason says it). May be told again as receipts come, in any order: the state only goes forward. False: the lease was lost, another worker has or had the message. Error 22023: unknown outcome.';

CREATE OR REPLACE FUNCTION pulse.ack_messages(message_ids bigint[], lease_tokens bigint[],
		outcome text DEFAULT 'sent', provider_ids text[] DEFAULT NULL) RETURNS SETOF bigint
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	SELECT pulse_internal.check_outcome(ack_messages.outcome);
	UPDATE pulse_internal.message AS m
	SET state = CASE WHEN pulse_internal.outcome_rank(m.state) < pulse_internal.outcome_rank(ack_messages.outcome)
					 THEN ack_messages.outcome ELSE m.state END,
		provider_id = coalesce(given.provider_id, m.provider_id),
		changed_at = clock_timestamp()
	FROM unnest(ack_messages.message_ids, ack_messages.lease_tokens, ack_messages.provider_ids)
		AS given(message_id, lease_token, provider_id)
	WHERE m.message_id = given.message_id AND m.lease_token = given.lease_token
	  AND m.state IN ('claimed', 'unknown', 'sent', 'delivered', 'failed')
	RETURNING m.message_id;
END;
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

CREATE OR REPLACE FUNCTION pulse.fail_message(message_id bigint, lease_token bigint, error text,
		retry_after interval DEFAULT NULL, permanent boolean DEFAULT false, reached boolean DEFAULT true) RETURNS text
	LANGUAGE sql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	UPDATE pulse_internal.message AS m
	SET state = pulse_internal.state_after_failure(m.state, CASE WHEN fail_message.reached THEN m.attempt ELSE 0 END, m.withdraw,
												   coalesce(fail_message.permanent, false)),
		attempt = m.attempt - CASE WHEN m.state = 'claimed' AND NOT fail_message.reached THEN 1 ELSE 0 END,
		held_until = clock_timestamp() + greatest(coalesce(fail_message.retry_after,
														   pulse_internal.backoff(m.attempt)),
												  interval '0'),
		last_error = left(fail_message.error, 2000),
		changed_at = clock_timestamp()
	WHERE m.message_id = fail_message.message_id AND m.lease_token = fail_message.lease_token
	  AND m.state IN ('claimed', 'unknown', 'sent')
	RETURNING m.state;
END;
ALTER FUNCTION pulse.fail_message(bigint, bigint, text, interval, boolean, boolean) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.fail_message(bigint, bigint, text, interval, boolean, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.fail_message(bigint, bigint, text, interval, boolean, boolean) TO pulse_relay, pulse_admin;
COMMENT ON FUNCTION pulse.fail_message(bigint, bigint, text, interval, boolean, boolean) IS
'Says that a claimed message could not be delivered. It is queued again after retry_after (default: 30 seconds, doubled at each try, at most an hour) and dead after 12 tries, or at once when permanent. Where reached is false (its channel is down, no message came through) the try does not count. After "sent" (a receipt says no) it is failed. Returns the new state; NULL when the lease was lost.';

CREATE OR REPLACE FUNCTION pulse.retry_messages(message_ids bigint[]) RETURNS SETOF bigint
	LANGUAGE sql VOLATILE STRICT PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	UPDATE pulse_internal.message AS m
	SET state = 'queued', attempt = 0, held_until = '-infinity', changed_at = clock_timestamp()
	WHERE m.message_id = ANY (retry_messages.message_ids)
	  AND m.state IN ('dead', 'failed', 'unknown') AND m.recipient IS NOT NULL
	RETURNING m.message_id;
END;
ALTER FUNCTION pulse.retry_messages(bigint[]) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.retry_messages(bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.retry_messages(bigint[]) TO pulse_admin;
COMMENT ON FUNCTION pulse.retry_messages(bigint[]) IS
'Queues messages again that are dead, failed or unknown, with the same idempotency key. Returns the ids that were.';
