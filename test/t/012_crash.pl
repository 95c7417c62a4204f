# The postmaster is killed, kill -9, while several sessions write events and one
# reads slices: afterwards each committed event was given exactly once.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../harness";
use Crash;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $crashes = 3;
my $node    = PostgreSQL::Test::Cluster->new('crash');
$node->init;
$node->append_conf('postgresql.conf', 'max_prepared_transactions = 5');
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION salespulse CASCADE;
	CREATE SCHEMA app;
	CREATE TABLE app.ev (
		event_id bigint NOT NULL DEFAULT pulse_internal.next_event_id(),
		at timestamptz NOT NULL DEFAULT pulse_internal.event_at(),
		recorded timestamptz NOT NULL DEFAULT pulse_internal.event_recorded(),
		txid bigint NOT NULL DEFAULT pulse_internal.event_txid(),
		note text) PARTITION BY RANGE (recorded);
	INSERT INTO pulse_internal.event_kind (name, relation, created_at) VALUES ('ev', 'app.ev', now());
	SELECT pulse_internal.make_leaves(kind_id, relation) FROM pulse_internal.event_kind;
	SELECT pulse_internal.register_consumer('c');

	-- what was given is written in the transaction of the slice, as a tick does
	CREATE TABLE app.given (n bigint GENERATED ALWAYS AS IDENTITY, batch bigint, event_id bigint, at timestamptz, late boolean);
	CREATE PROCEDURE app.read_slices(rounds int) LANGUAGE plpgsql AS $$
	BEGIN
		FOR i IN 1 .. rounds LOOP
			INSERT INTO app.given (batch, event_id, at, late)
				SELECT (SELECT batches FROM pulse_internal.consumer WHERE name = 'c'), b.event_id, b.at, b.late
				FROM pulse_internal.next_batch('c', 50) AS b;
			COMMIT;
			PERFORM pg_sleep(0.001);	-- whoever waits notices that the postmaster is gone
		END LOOP;
	END $$;
	CREATE PROCEDURE app.write_events(rounds int) LANGUAGE plpgsql AS $$
	BEGIN
		FOR i IN 1 .. rounds LOOP
			INSERT INTO app.ev (note) SELECT 'default' FROM generate_series(1, (random() * 30)::int);
			PERFORM pg_sleep(random() / 200);
			BEGIN
				INSERT INTO app.ev (at, note) VALUES (pulse.clock() + (random() - 0.5) * interval '1 second', 'given instant');
				IF random() < 0.3 THEN RAISE EXCEPTION 'undone'; END IF;
			EXCEPTION WHEN raise_exception THEN NULL;
			END;
			IF random() < 0.1 THEN ROLLBACK; ELSE COMMIT; END IF;
		END LOOP;
	END $$;
});

for my $crash (1 .. $crashes)
{
	my $written = $node->safe_psql('postgres', 'SELECT count(*) FROM app.ev');
	my $given   = $node->safe_psql('postgres', 'SELECT count(*) FROM app.given');
	my @sessions = map { background($node, 'CALL app.write_events(1000000)') } 1 .. 3;
	push @sessions, background($node, 'CALL app.read_slices(1000000)');
	ok($node->poll_query_until('postgres', "SELECT count(*) > $written + 2000 FROM app.ev"), "events are written before crash $crash");
	ok($node->poll_query_until('postgres', "SELECT count(*) > $given + 100 FROM app.given"), "slices are read before crash $crash");
	$node->safe_psql('postgres', q{BEGIN; INSERT INTO app.ev (note) VALUES ('prepared'); PREPARE TRANSACTION 'across the crash'});
	crash($node, @sessions);
	is($node->safe_psql('postgres', q{SELECT holder IS NULL AND held_since IS NOT NULL FROM pulse.stat_consumers}),
		't', 'a prepared writer holds the watermark after the crash, too');
	$node->safe_psql('postgres', q{COMMIT PREPARED 'across the crash'});
}

$node->poll_query_until('postgres', q{SELECT count(*) = 0 FROM app.ev WHERE at >= pulse.clock()});
$node->safe_psql('postgres', 'CALL app.read_slices(3000)');
is($node->safe_psql('postgres', q{SELECT sum(pending) FROM pulse_internal.pending_events()}), '0', 'all is read');
is($node->safe_psql('postgres', q{SELECT count(*) FROM (SELECT event_id FROM app.ev EXCEPT ALL SELECT event_id FROM app.given) AS lost}),
	'0', 'no event is lost');
is($node->safe_psql('postgres', q{SELECT count(*) FROM (SELECT event_id FROM app.given EXCEPT ALL SELECT event_id FROM app.ev) AS twice}),
	'0', 'none is given twice, none that was rolled back');
is($node->safe_psql('postgres', q{SELECT count(*) FROM (SELECT (at, event_id) <= lag((at, event_id)) OVER (PARTITION BY batch ORDER BY n) AS bad FROM app.given) AS g WHERE bad}),
	'0', 'each batch is in order');
is($node->safe_psql('postgres', q{SELECT count(*) FROM (SELECT g.at < max(g.at) OVER (ORDER BY batch GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AND NOT late AS bad FROM app.given AS g) AS g WHERE bad}),
	'0', 'and only late events come behind an earlier batch');
is($node->safe_psql('postgres', q{SELECT count(*) = count(DISTINCT event_id) FROM app.ev}), 't', 'ids are unique');
is($node->safe_psql('postgres', q{SELECT count(*) FROM app.given AS g JOIN app.ev AS e USING (event_id) WHERE e.note IN ('default', 'prepared') AND g.late}),
	'0', 'no event with the instant of its writing is late');
$node->stop;
done_testing();
