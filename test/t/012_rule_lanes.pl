# Four sessions work for the rules over a random stream whose batches are shared out over
# lanes, whose number changes meanwhile, while the server is killed, kill -9, now and then:
# afterwards the rules have fired what a backtest over the committed events says, each once.
# PULSE_LONG makes it thirty kills.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../harness";
use Crash;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

my $crashes = $ENV{PULSE_LONG} ? 30 : 2;
my $node    = PostgreSQL::Test::Cluster->new('rule_lanes');
$node->init;
$node->append_conf('postgresql.conf', "client_min_messages = error\ntimezone = UTC\nautovacuum_naptime = 1s");
$node->start;

$node->safe_psql('postgres', q{
	CREATE EXTENSION salespulse CASCADE;
	SELECT pulse.set_clock('2026-01-01 00:00+00');
	SELECT pulse.set_setting('lanes', '4');
	SELECT pulse.create_event('asked', 'customer text, store text'), pulse.create_event('answered', 'customer text');
	CREATE TABLE staff (id int, name text, email text, mobile text);
	INSERT INTO staff VALUES (1, 'Ann', 'ann@example.com', '13800000001');
	SELECT pulse.map_staff('staff', id => 'id', name => 'name', email => 'email', mobile => 'mobile');
	SELECT pulse.map_role('rep', holder => '{1}');
	SELECT pulse.create_rule('each', 'WHEN asked PER customer EACH TIME AND NOT answered WITHIN 1 minute THEN text rep; 1 minute later: mail rep', 'live');
	SELECT pulse.create_rule('one open', 'WHEN asked PER customer AND NOT answered WITHIN 2 minutes THEN text rep UNTIL answered', 'live');
	SELECT pulse.create_rule('counted', 'WHEN asked HAPPENS 3 TIMES WITHIN 2 minutes PER customer THEN notify rep', 'shadow');
	SELECT pulse.create_rule('together', 'WHEN asked PER customer EACH TIME AND NOT answered WITHIN 1 minute THEN notify rep TOGETHER PER store', 'live');
	CREATE TABLE clock (at timestamptz);
	INSERT INTO clock VALUES ('2026-01-01 00:00+00');

	CREATE PROCEDURE live(rounds int) LANGUAGE plpgsql AS $$
	DECLARE now_at timestamptz;
	BEGIN
		FOR i IN 1 .. rounds LOOP
			UPDATE clock SET at = at + interval '10 seconds' RETURNING at INTO now_at;
			PERFORM pulse.set_clock(now_at);
			INSERT INTO pulse_event.asked (at, customer, store) SELECT now_at, 'c' || (random() * 40)::int, 's' || (random() * 2)::int FROM generate_series(1, 20);
			IF random() < 0.2 THEN ROLLBACK; ELSE COMMIT; END IF;
			PERFORM pg_sleep(0.001);
			INSERT INTO pulse_event.answered (at, customer) SELECT now_at + interval '1 second', 'c' || (random() * 40)::int FROM generate_series(1, 8);
			COMMIT;
		END LOOP;
	END $$;
	CREATE TABLE worked (pid int, lane int, batch timestamptz);
	CREATE PROCEDURE tick_on(rounds int) LANGUAGE plpgsql AS $$
	DECLARE before record;
	BEGIN
		FOR i IN 1 .. rounds LOOP
			PERFORM pulse.tick(15);
			INSERT INTO worked SELECT pg_backend_pid(), l.lane, c.batch_watermark FROM pulse_internal.consumer_lane AS l JOIN pulse_internal.consumer AS c ON c.name = l.consumer
				WHERE l.xmin = pg_current_xact_id()::xid AND l.events > 0;
			COMMIT;
			PERFORM pg_sleep(0.001);	-- it notices there that the server is gone
			IF random() < 0.02 THEN PERFORM pulse.set_setting('lanes', (1 + random() * 4)::int::text); COMMIT; END IF;
		END LOOP;
	END $$;
});

my $firings = 0;
for my $crash (1 .. $crashes)
{
	my @sessions = map { background($node, $_) } 'CALL live(1000000)', ('CALL tick_on(1000000)') x 4;
	ok($node->poll_query_until('postgres', "SELECT count(*) > $firings + 400 FROM pulse_internal.firing"), "rules fire before crash $crash");
	usleep(int(rand(200_000)));
	crash($node, @sessions);
	$firings = $node->safe_psql('postgres', 'SELECT count(*) FROM pulse_internal.firing');
}
cmp_ok($node->safe_psql('postgres', 'SELECT count(*) FROM (SELECT FROM worked GROUP BY batch HAVING count(DISTINCT pid) > 1 AND count(DISTINCT lane) > 1) AS b'), '>', 0,
	'batches were worked off by several sessions, in several lanes');

sub same_as_backtest
{
	my ($database, @rules) = @_;
	for my $rule (@rules)
	{
		my $differs = $node->safe_psql($database, qq{
			WITH live AS (SELECT key, step, due_at, trigger_id FROM pulse.firings WHERE rule = '$rule'),
				right_answer AS (SELECT key, step, due_at, trigger_event
					FROM pulse.backtest('$rule', '2026-01-01', (SELECT at + interval '1 hour' FROM clock)))
			SELECT (SELECT count(*) FROM right_answer) || ' ' ||
				(SELECT count(*) FROM (SELECT * FROM right_answer EXCEPT ALL SELECT * FROM live) AS m) || ' ' ||
				(SELECT count(*) FROM (SELECT * FROM live EXCEPT ALL SELECT * FROM right_answer) AS m)});
		my ($count, $missing, $extra) = split / /, $differs;
		cmp_ok($count, '>', 20 * $crashes, "$database: $rule: there was something to fire ($count)");
		is("$missing missing, $extra extra", '0 missing, 0 extra', "$database: $rule: $crashes crashes, four workers, the firings of the backtest");
	}
}

# a copy, dumped in the midst of a batch that is shared out, goes on from there
$node->safe_psql('postgres', q{
	SELECT pulse.set_setting('lanes', '3');
	DO $$ BEGIN WHILE (SELECT more FROM pulse.tick()) LOOP END LOOP; END $$;
	UPDATE clock SET at = at + interval '10 minutes';
	SELECT pulse.set_clock(at) FROM clock;
	INSERT INTO pulse_event.asked (at, customer, store) SELECT c.at - n * interval '1 second', 'c' || n % 40, 's' FROM clock AS c, generate_series(1, 100) AS n;
	SELECT pulse.set_clock(at + interval '30 seconds') FROM clock;
});
$node->safe_psql('postgres', 'SELECT FROM pulse.tick(15)') for 1 .. 4;
is($node->safe_psql('postgres', 'SELECT count(*), count(*) FILTER (WHERE NOT finished) > 0 FROM pulse.stat_lanes'), '4|t', 'the batch is shared out');
$node->command_ok([ 'pg_dump', '-f', "$PostgreSQL::Test::Utils::tmp_check/lanes.sql", '-d', $node->connstr('postgres') ], 'dumped');
$node->safe_psql('postgres', 'CREATE DATABASE copy');
$node->command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-f', "$PostgreSQL::Test::Utils::tmp_check/lanes.sql", '-d', $node->connstr('copy') ], 'restored');

# what is left is worked off by four
for my $database ('postgres', 'copy')
{
	$node->safe_psql($database, "SELECT pulse.set_clock((SELECT at + interval '1 hour' FROM clock)); SELECT pulse.set_setting('lanes', '4')");
	my @runs = map { background($node, 'CALL pulse.run(300)', $database) } 1 .. 4;
	$_->finish for @runs;
	is($node->safe_psql($database, 'CALL pulse.run(300); SELECT count(*) FROM pulse.stat_lanes'), 0, 'no lane is left');
	same_as_backtest($database, 'each', 'one open', 'counted', 'together');
}
is($node->safe_psql('postgres', q{SELECT count(*) FROM (SELECT wait_id, step, repetition FROM pulse_internal.firing GROUP BY 1, 2, 3 HAVING count(*) > 1) AS d}), 0,
	'no step fired twice');
is($node->safe_psql('postgres', q{
	SELECT count(*) FROM pulse.firings AS f
	WHERE f.released_at IS NULL OR (f.mode = 'live' AND NOT f.superseded AND f.rule <> 'together' AND NOT EXISTS (SELECT FROM pulse_internal.message AS m WHERE m.wait_id = f.wait_id AND m.step = f.step - 1)
		AND NOT EXISTS (SELECT FROM pulse_internal.cases AS c WHERE c.wait_id = f.wait_id AND c.closed_at <= f.released_at))}), 0,
	'each firing has its message, or its case had closed');
is($node->safe_psql('postgres', q{SELECT count(*) FROM (SELECT wait_id, step, action, staff FROM pulse_internal.message GROUP BY 1, 2, 3, 4 HAVING count(*) > 1) AS d}), 0,
	'no message was written twice');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pulse.overdue_waits}), 0, 'nothing is overdue');
is($node->safe_psql('postgres', q{SELECT failures, last_error FROM pulse.stat_jobs WHERE job = 'tick'}), '0|', 'no tick failed');
$node->stop;
done_testing();
