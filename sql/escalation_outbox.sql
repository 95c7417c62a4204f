-- the outbox: claim, answer, give up
CREATE FUNCTION pg_temp.put(subject text, priority int DEFAULT 0, case_id bigint DEFAULT NULL) RETURNS void
LANGUAGE sql AS $$
	WITH m AS (
		INSERT INTO pulse_internal.message (channel, recipient, recipient_name, language, subject, body, priority, created_at, not_before, case_id, step, action, staff)
		VALUES ('mail', 'ann@example.com', 'Ann', 'en', subject, 'text', priority, pulse.clock(), pulse.clock(), case_id, 0, 0, 'a') RETURNING *)
	INSERT INTO pulse_internal.queue (message_id, channel, priority, not_before) SELECT message_id, channel, priority, not_before FROM m
$$;
CREATE VIEW pg_temp.outbox AS
	SELECT subject, state, attempt, worker, last_error FROM pulse.messages ORDER BY message_id;

SELECT pg_temp.put('first'); SELECT pg_temp.put('second'); SELECT pg_temp.put('urgent', -1);

-- in order of priority, then of age; what is claimed is not given twice
SELECT subject, channel, recipient, recipient_name, copies, body, variables, attempt, lease_token IS NOT NULL AS leased
FROM pulse.claim_messages('w1', 2);
SELECT subject, attempt FROM pulse.claim_messages('w2');
SELECT subject FROM pulse.claim_messages('w2');
SELECT * FROM pg_temp.outbox;

-- answers count with the lease's token only
CREATE FUNCTION pg_temp.id(wanted text) RETURNS bigint LANGUAGE sql AS
	$$ SELECT message_id FROM pulse_internal.message WHERE subject = wanted $$;
CREATE FUNCTION pg_temp.token(wanted text) RETURNS bigint LANGUAGE sql AS
	$$ SELECT lease_token FROM pulse_internal.message_state WHERE message_id = pg_temp.id(wanted) $$;
SELECT pulse.ack_message(pg_temp.id('urgent'), pg_temp.token('urgent') + 1000);
SELECT pulse.ack_message(pg_temp.id('urgent'), pg_temp.token('urgent'), 'provider 7');
-- receipts in any order: the state only goes forward
SELECT pulse.ack_message(pg_temp.id('urgent'), pg_temp.token('urgent'), outcome => 'delivered');
SELECT pulse.ack_message(pg_temp.id('urgent'), pg_temp.token('urgent'), outcome => 'sent');
SELECT state, provider_id FROM pulse.messages WHERE subject = 'urgent';

-- a failure is tried again later, and not before
SELECT pulse.fail_message(pg_temp.id('first'), pg_temp.token('first'), '451 busy');
SELECT held_until > clock_timestamp() + interval '20 seconds' AS waits FROM pulse_internal.queue WHERE message_id = pg_temp.id('first');
SELECT subject FROM pulse.claim_messages('w1');
SELECT pulse.ack_message(pg_temp.id('first'), pg_temp.token('first')) AS after_failing;
-- or when the worker says
SELECT pulse.fail_message(pg_temp.id('second'), pg_temp.token('second'), '429', retry_after => '0');
SELECT subject, attempt FROM pulse.claim_messages('w1');
-- never again when it is permanent
SELECT pulse.fail_message(pg_temp.id('second'), pg_temp.token('second'), '550 no such user', permanent => true);
SELECT * FROM pg_temp.outbox;
SELECT pulse.fail_message(pg_temp.id('second'), pg_temp.token('second'), 'again') IS NULL AS lost;

-- after the last try it is dead; then a person may queue it again
UPDATE pulse_internal.queue SET attempt = pulse_internal.max_attempts() - 1, held_until = '-infinity' WHERE message_id = pg_temp.id('first');
SELECT subject, attempt FROM pulse.claim_messages('w3');
SELECT pulse.fail_message(pg_temp.id('first'), pg_temp.token('first'), '451 busy still');
SELECT subject FROM pulse.claim_messages('w3');
SELECT count(*) AS queued_again FROM pulse.retry_messages(ARRAY[pg_temp.id('first'), pg_temp.id('urgent')]);
SELECT subject, attempt FROM pulse.claim_messages('w3');

-- a lease that ran out: the next worker gets it, the first one's answer is refused
UPDATE pulse_internal.queue SET held_until = clock_timestamp() - interval '1 second' WHERE message_id = pg_temp.id('first');
SELECT pg_temp.token('first') AS old_token \gset
SELECT subject, attempt FROM pulse.claim_messages('w4');
SELECT pulse.ack_message(pg_temp.id('first'), :old_token) AS first_workers_answer;
SELECT pulse.fail_message(pg_temp.id('first'), :old_token, 'late') IS NULL AS refused;
SELECT pulse.ack_message(pg_temp.id('first'), pg_temp.token('first'), outcome => 'unknown') AS second_workers_answer;
SELECT pulse.ack_message(pg_temp.id('first'), pg_temp.token('first'), outcome => 'sent');
SELECT pulse.fail_message(pg_temp.id('first'), pg_temp.token('first'), 'receipt: not delivered');
-- workers that die with it each time: dead in the end
SELECT pg_temp.put('poison');
UPDATE pulse_internal.queue SET claimed = true, attempt = pulse_internal.max_attempts() WHERE message_id = pg_temp.id('poison');
SELECT subject FROM pulse.claim_messages('w4');
SELECT * FROM pg_temp.outbox;

-- many at once
SELECT max(i) AS put FROM generate_series(1, 6) AS i, LATERAL pg_temp.put('bulk ' || i);
CREATE TEMP TABLE mine AS SELECT message_id, lease_token, subject FROM pulse.claim_messages('w5', 4);
SELECT m.subject FROM pulse.ack_messages((SELECT array_agg(message_id ORDER BY message_id) FROM mine),
	(SELECT array_agg(CASE subject WHEN 'bulk 2' THEN 1 ELSE lease_token END ORDER BY message_id) FROM mine)) AS acked
JOIN mine m ON m.message_id = acked ORDER BY 1;

-- not before its time by pulse's clock, whatever the system says
SELECT pulse.set_clock('2026-03-01 20:00+00');
SELECT pg_temp.put('tomorrow');
UPDATE pulse_internal.queue SET not_before = '2026-03-02 00:00+00' WHERE message_id = pg_temp.id('tomorrow');
SELECT subject FROM pulse.claim_messages('w6');
SELECT pulse.set_clock('2026-03-02 00:00+00');
SELECT subject FROM pulse.claim_messages('w6');
SELECT pulse.set_clock(NULL);

-- a repeat is impossible
SELECT pg_temp.put('once', case_id => 4711);
SELECT pg_temp.put('twice', case_id => 4711);

-- what a worker may not ask
SELECT * FROM pulse.claim_messages('');
SELECT * FROM pulse.claim_messages('w', 0);
SELECT * FROM pulse.claim_messages('w', 10, '-1 second');
SELECT * FROM pulse.claim_messages('w', 10, NULL);
SELECT pulse.ack_message(1, 1, outcome => 'perhaps');
\echo :LAST_ERROR_SQLSTATE

-- a copy of the database sends nothing until somebody says so
SELECT pulse.resume_delivery();
UPDATE pulse_internal.incarnation SET delivery_held = true;
SELECT * FROM pulse.claim_messages('w');
\echo :LAST_ERROR_SQLSTATE
SELECT component, state, value FROM pulse.status WHERE component = 'delivery';
SELECT pulse.resume_delivery();
SELECT count(*) FROM pulse.claim_messages('w', 1);

-- the relay's role has these functions and no table
CREATE ROLE regress_relay IN ROLE pulse_relay;
SET ROLE regress_relay;
SELECT subject FROM pulse.claim_messages('w7', 1);
SELECT count(*) FROM pulse.messages;
SELECT pulse.retry_messages('{1}');
RESET ROLE;
CREATE ROLE regress_nobody;
SET ROLE regress_nobody;
SELECT * FROM pulse.claim_messages('w8');
RESET ROLE;
DROP ROLE regress_relay, regress_nobody;

TRUNCATE pulse_internal.message, pulse_internal.queue, pulse_internal.delivery;
