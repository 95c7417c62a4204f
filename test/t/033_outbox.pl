# Many workers at once: no message is lost, doubled, or in two places, and no
# limit is passed, whatever workers answer.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('outbox');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum_naptime = 1s\n");
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION salespulse CASCADE;
	SELECT pulse.create_channel('robot', limits => '{300 per hour}', recipient_limits => '{40 per hour}');
	WITH m AS (
		INSERT INTO pulse_internal.message (channel, recipient, language, subject, body, priority, created_at, not_before)
		SELECT c, 'r' || i % 10, 'en', 's', repeat('b', 200), -(i % 3), now(), now() - i * interval '1 second'
		FROM unnest('{mail,sms,robot}'::text[]) AS c, generate_series(1, 4000) AS i RETURNING *)
	INSERT INTO pulse_internal.queue (message_id, not_before, priority, channel) SELECT message_id, not_before, priority, channel FROM m;
	CREATE TABLE claimed (message_id bigint, attempt int, worker int);
	CREATE FUNCTION work(worker int, n int) RETURNS int LANGUAGE plpgsql AS $$
	DECLARE
		ids bigint[];
		tokens bigint[];
		answered int;
	BEGIN
		WITH c AS (SELECT * FROM pulse.claim_messages('w' || worker, n)),
			noted AS (INSERT INTO claimed SELECT c.message_id, c.attempt, worker FROM c)
		SELECT array_agg(message_id), array_agg(lease_token) INTO ids, tokens FROM c;
		-- some are left alone, some fail and come back at once, most are sent
		IF random() < 0.1 THEN
			PERFORM pulse.fail_message(ids[1], tokens[1], 'busy', '0');
		END IF;
		IF random() < 0.05 THEN
			RAISE EXCEPTION 'the worker dies';
		END IF;
		SELECT count(*) INTO answered FROM pulse.ack_messages(ids[2:], tokens[2:]);
		RETURN answered;
	END $$;
});
# errors are the workers that die; their transactions are undone
my $script = PostgreSQL::Test::Utils::tempdir() . '/work.sql';
PostgreSQL::Test::Utils::append_to_file($script, q{\set n random(1, 30)
DO $$ BEGIN PERFORM work(0, 0 + :n); EXCEPTION WHEN raise_exception THEN NULL; END $$;
});
my ($out, $err);
IPC::Run::run([ 'pgbench', '-n', '-c', '8', '-j', '2', '-t', '150', '-f', $script, '-h', $node->host, '-p', $node->port, 'postgres' ], '>', \$out, '2>', \$err)
	or diag $err;
like($out, qr/number of transactions actually processed: 1200\/1200/, 'eight workers, 150 turns each');

is($node->safe_psql('postgres', q{SELECT count(*) FROM pulse_internal.message AS m
	WHERE EXISTS (SELECT FROM pulse_internal.queue AS q WHERE q.message_id = m.message_id)
		= EXISTS (SELECT FROM pulse_internal.delivery AS d WHERE d.message_id = m.message_id)}), 0,
	'each message is in the queue or done, never both, never neither');
is($node->safe_psql('postgres', q{SELECT count(*) FROM (SELECT message_id, attempt FROM claimed GROUP BY 1, 2 HAVING count(*) > 1) AS twice}), 0,
	'no attempt of a message was given to two workers');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pulse_internal.delivery AS d WHERE NOT EXISTS (SELECT FROM claimed AS c WHERE c.message_id = d.message_id)}), 0,
	'none is done that nobody claimed');
cmp_ok($node->safe_psql('postgres', q{SELECT count(*) FROM pulse_internal.delivery AS d JOIN pulse_internal.message AS m USING (message_id) WHERE m.channel <> 'robot'}), '>', 1000,
	'the others went on');
is($node->safe_psql('postgres', q{SELECT count(*) FROM claimed AS c JOIN pulse_internal.message AS m USING (message_id) WHERE m.channel = 'robot'}), 300,
	'on the channel with a limit exactly as many as it allows');
cmp_ok($node->safe_psql('postgres', q{SELECT max(n) FROM (SELECT count(*) AS n FROM claimed AS c JOIN pulse_internal.message AS m USING (message_id)
	WHERE m.channel = 'robot' GROUP BY m.recipient) AS x}), '<=', 40, 'and of each recipient');

# killed in the middle: what was claimed comes back with its lease, nothing else changes
my $before = $node->safe_psql('postgres', 'SELECT count(*) FROM pulse_internal.delivery');
my $worker = $node->background_psql('postgres');
$worker->query_safe(q{BEGIN; SELECT count(*) FROM pulse.claim_messages('killed', 50, '1 second')});
$node->stop('immediate');
$node->start;
eval { $worker->quit };
is($node->safe_psql('postgres', q{SELECT count(*) FROM pulse_internal.queue WHERE worker = 'killed'}), 0, 'a claim that was not committed is none');
is($node->safe_psql('postgres', 'SELECT count(*) FROM pulse_internal.delivery'), $before, 'what was done stays done');
$node->stop;
done_testing();
