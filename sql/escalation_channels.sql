-- limits of channels: exact, for all workers together
\set SHOW_CONTEXT never
CREATE FUNCTION pg_temp.put(channel text, recipient text, n int) RETURNS void LANGUAGE sql AS $$
	WITH m AS (
		INSERT INTO pulse_internal.message (channel, recipient, language, subject, body, created_at, not_before)
		SELECT channel, recipient, 'en', channel || ' ' || recipient || ' ' || i, 'text', pulse.clock(), pulse.clock() FROM generate_series(1, n) AS i RETURNING *)
	INSERT INTO pulse_internal.queue (message_id, channel, not_before) SELECT message_id, channel, not_before FROM m
$$;
SELECT pulse.create_channel('robot', limits => '{20 per minute}');
SELECT pulse.create_channel('sms', limits => '{5 per second,100 per 1 minutes}', recipient_limits => '{2 per day}');
SELECT name, limits, recipient_limits, room FROM pulse.channels ORDER BY name;

-- no more than the limit, however often and however many workers ask; other channels go on
SELECT pg_temp.put('robot', 'r', 30), pg_temp.put('mail', 'a@example.com', 3);
SELECT channel, count(*) FROM pulse.claim_messages('w1', 15) GROUP BY 1 ORDER BY 1;
CREATE TEMP TABLE mine AS SELECT * FROM pulse.claim_messages('w2', 15);
SELECT channel, count(*) FROM mine GROUP BY 1 ORDER BY 1;
SELECT count(*) FROM pulse.claim_messages('w3');
SELECT name, room FROM pulse.channels WHERE name = 'robot';
SELECT channel, state, messages, held_by_limit FROM pulse.stat_outbox ORDER BY 1, 2;
-- the place is kept from the claim until a whole window after the answer
SELECT count(*) FROM mine, LATERAL pulse.ack_message(mine.message_id, mine.lease_token) AS acked WHERE acked;
SELECT count(*) FROM pulse.claim_messages('w3');
UPDATE pulse_internal.channel_use SET last_at = last_at - interval '1 minute' WHERE last_at <= clock_timestamp();
SELECT count(*) = (SELECT count(*) FROM mine WHERE channel = 'robot') AS as_many_again FROM pulse.claim_messages('w3');
-- a lease that ran out: it may have been sent until its end
UPDATE pulse_internal.queue SET held_until = clock_timestamp() - interval '1 second' WHERE claimed;
UPDATE pulse_internal.channel_use SET last_at = clock_timestamp() - interval '1 second';
SELECT count(*) FROM pulse.claim_messages('w4');
TRUNCATE pulse_internal.message, pulse_internal.queue, pulse_internal.delivery, pulse_internal.channel_use;
-- what never reached the channel takes no place
SELECT pg_temp.put('robot', 'r', 30);
SELECT count(*) FROM pulse.claim_messages('w1', 20) AS c, LATERAL pulse.fail_message(c.message_id, c.lease_token, 'no connection', '1 hour', reached => false) AS f WHERE f = 'queued';
SELECT count(*) FROM pulse.claim_messages('w1', 20) AS c, LATERAL pulse.fail_message(c.message_id, c.lease_token, 'busy', '1 hour') AS f WHERE f = 'queued';
UPDATE pulse_internal.queue SET held_until = '-infinity';
SELECT count(*) FROM pulse.claim_messages('w1');
TRUNCATE pulse_internal.message, pulse_internal.queue, pulse_internal.delivery, pulse_internal.channel_use;

-- limits of recipients: the others behind go on
SELECT pg_temp.put('sms', '138', 4), pg_temp.put('sms', '139', 1), pg_temp.put('sms', '137', 3);
SELECT subject FROM pulse.claim_messages('w1');
SELECT count(*) FROM pulse.claim_messages('w1');
-- the limit for all counts before
UPDATE pulse_internal.channel_use SET last_at = clock_timestamp() - interval '2 seconds';
SELECT room FROM pulse.channels WHERE name = 'sms';
SELECT subject FROM pulse.claim_messages('w1');
SELECT state, messages, held_by_limit FROM pulse.stat_outbox ORDER BY 1;

-- limits change at once, also in other sessions; none: as many as there are
SELECT pulse.alter_channel('sms', limits => '{}', recipient_limits => '{3 per day}');
SELECT name, limits, recipient_limits, room FROM pulse.channels WHERE name = 'sms';
SELECT count(*) FROM pulse.claim_messages('w1');
SELECT pulse.drop_channel('sms');
SELECT count(*) FROM pulse.claim_messages('w1');
-- one claim counts what it gives itself; a recipient who has had enough is asked about once, however much waits for him
SELECT pulse.create_channel('desk', recipient_limits => '{2 per hour,3 per day}');
SELECT pg_temp.put('desk', 'a', 300), pg_temp.put('desk', 'b', 3), pg_temp.put('desk', 'c', 1);
ANALYZE pulse_internal.channel_use;
SELECT recipient, count(*) FROM pulse.claim_messages('w1', 100, channels => '{desk}') GROUP BY 1 ORDER BY 1;
SELECT recipient, count(*) FROM pulse.claim_messages('w1', 100, channels => '{desk}') GROUP BY 1 ORDER BY 1;
-- what was claimed an hour ago leaves one place of the day's three
UPDATE pulse_internal.channel_use SET last_at = last_at - interval '2 hours' WHERE channel = 'desk';
SELECT recipient, count(*) FROM pulse.claim_messages('w1', 100, channels => '{desk}') GROUP BY 1 ORDER BY 1;
SELECT pulse.drop_channel('desk');
DELETE FROM pulse_internal.queue WHERE channel = 'desk';

-- what other workers claimed cannot be counted from an old snapshot
SELECT pg_temp.put('robot', 'r', 2), pg_temp.put('mail', 'm', 1);
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT subject FROM pulse.claim_messages('w1', except_channels => '{robot}');
SELECT subject FROM pulse.claim_messages('w1');
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;

-- bad input changes nothing
SELECT pulse.create_channel('robot');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_channel('');
SELECT pulse.create_channel('x', limits => '{20 a minute}');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.create_channel('x', limits => '{0 per minute}');
SELECT pulse.create_channel('x', recipient_limits => '{NULL}');
SELECT pulse.alter_channel('nothing');
\echo :LAST_ERROR_SQLSTATE
SELECT pulse.drop_channel('nothing');
SELECT name FROM pulse.channels ORDER BY 1;
-- an administrator's
CREATE ROLE regress_channel_author IN ROLE pulse_author;
SET ROLE regress_channel_author;
SELECT name, limits FROM pulse.channels;
SELECT pulse.create_channel('mine');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
DROP ROLE regress_channel_author;
SELECT pulse.drop_channel('robot');
TRUNCATE pulse_internal.message, pulse_internal.queue, pulse_internal.delivery, pulse_internal.channel_use;
