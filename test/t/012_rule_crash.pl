# The postmaster is killed, kill -9, while sessions write events and two tick:
# afterwards the rules have fired what a backtest over the committed events says,
# each once, each with its case and its message. PULSE_LONG makes it fifty kills.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../harness";
use Crash;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

my $crashes = $ENV{PULSE_LONG} ? 50 : 3;
my $node    = PostgreSQL::Test::Cluster->new('rule_crash');
$node->init;
$node->append_conf('postgresql.conf', "client_min_messages = error\ntimezone = UTC\nautovacuum_naptime = 1s");
$node->start;

# Windows of a second: what is written comes due while the server lives and dies.
# A key is answered by chance; a ladder has a second step.
$node->safe_psql('postgres', q{
	CREATE EXTENSION salespulse CASCADE;
	SELECT pulse.set_clock('2026-01-01 00:00+00');
	SELECT pulse.create_event('asked', 'customer text'), pulse.create_event('answered', 'customer text');
	CREATE TABLE staff (id int, name text, email text, mobile text);
	INSERT INTO staff VALUES (1, 'Ann', 'ann@example.com', '13800000001');
	SELECT pulse.map_staff('staff', id => 'id', name => 'name', email => 'email', mobile => 'mobile');
	SELECT pulse.map_role('rep', holder => '{1}');
	SELECT pulse.create_rule('each', 'WHEN asked PER customer EACH TIME AND NOT answered WITHIN 1 minute THEN text rep; 1 minute later: mail rep', 'live');
	SELECT pulse.create_rule('one open', 'WHEN asked PER customer AND NOT answered WITHIN 2 minutes THEN text rep UNTIL answered', 'live');
	CREATE TABLE clock (at timestamptz);
	INSERT INTO clock VALUES ('2026-01-01 00:00+00');

	-- business time runs in steps of ten seconds, each with its events, and is committed with them
	CREATE PROCEDURE live(rounds int) LANGUAGE plpgsql AS $$
	DECLARE now_at timestamptz;
	BEGIN
		FOR i IN 1 .. rounds LOOP
			UPDATE clock SET at = at + interval '10 seconds' RETURNING at INTO now_at;
			PERFORM pulse.set_clock(now_at);
			INSERT INTO pulse_event.asked (at, customer) SELECT now_at, 'c' || (random() * 40)::int FROM generate_series(1, 3);
			IF random() < 0.2 THEN ROLLBACK; ELSE COMMIT; END IF;
			PERFORM pg_sleep(0.001);
			INSERT INTO pulse_event.answered (at, customer) SELECT now_at + interval '1 second', 'c' || (random() * 40)::int FROM generate_series(1, 2);
			COMMIT;
		END LOOP;
	END $$;
	CREATE PROCEDURE tick_on(rounds int) LANGUAGE plpgsql AS $$
	BEGIN
		FOR i IN 1 .. rounds LOOP
			PERFORM pulse.tick(20);
			COMMIT;
			PERFORM pg_sleep(0.001);
		END LOOP;
	END $$;
});

my $firings = 0;
for my $crash (1 .. $crashes)
{
	my @sessions = map { background($node, $_) } 'CALL live(1000000)', 'CALL tick_on(1000000)', 'CALL tick_on(1000000)';
	ok($node->poll_query_until('postgres', "SELECT count(*) > $firings + 60 FROM pulse_internal.firing"), "rules fire before crash $crash");
	usleep(int(rand(200_000)));
	crash($node, @sessions);
	$firings = $node->safe_psql('postgres', 'SELECT count(*) FROM pulse_internal.firing');
}

# what is left is worked off
$node->safe_psql('postgres', "SELECT pulse.set_clock((SELECT at + interval '1 hour' FROM clock)); CALL pulse.run(300)");
diag($node->safe_psql('postgres', q{SELECT 'clock ' || c.at || ' now ' || pulse.clock() || ' ' || s::text FROM clock AS c, pulse.stat_consumers AS s})) if $ENV{PULSE_SHOW};
for my $rule ('each', 'one open')
{
	my $differs = $node->safe_psql('postgres', qq{
		WITH live AS (SELECT key, step, due_at, trigger_id, superseded FROM pulse.firings WHERE rule = '$rule'),
			right_answer AS (SELECT key, step, due_at, trigger_event, superseded
				FROM pulse.backtest('$rule', '2026-01-01', (SELECT at + interval '1 hour' FROM clock)))
		SELECT (SELECT count(*) FROM right_answer) || ' ' ||
			(SELECT count(*) FROM (SELECT key, step, due_at, trigger_event FROM right_answer EXCEPT ALL SELECT key, step, due_at, trigger_id FROM live) AS m) || ' ' ||
			(SELECT count(*) FROM (SELECT key, step, due_at, trigger_id FROM live EXCEPT ALL SELECT key, step, due_at, trigger_event FROM right_answer) AS m)});
	my ($count, $missing, $extra) = split / /, $differs;
	cmp_ok($count, '>', 20 * $crashes, "$rule: there was something to fire ($count)");
	is("$missing missing, $extra extra", '0 missing, 0 extra', "$rule: $crashes crashes, the firings of the backtest");
}
is($node->safe_psql('postgres', q{SELECT count(*) FROM (SELECT wait_id, step, repetition FROM pulse_internal.firing GROUP BY 1, 2, 3 HAVING count(*) > 1) AS d}), 0,
	'no step fired twice');
is($node->safe_psql('postgres', q{
	SELECT count(*) FROM pulse_internal.firing AS f
	WHERE f.released_at IS NULL OR (NOT f.superseded AND NOT EXISTS (SELECT FROM pulse_internal.message AS m WHERE m.wait_id = f.wait_id AND m.step = f.step)
		AND NOT EXISTS (SELECT FROM pulse_internal.cases AS c WHERE c.wait_id = f.wait_id AND c.closed_at <= f.released_at))}), 0,
	'each firing has its message, or its case had closed');
is($node->safe_psql('postgres', q{SELECT count(*) FROM (SELECT wait_id, step, action, staff FROM pulse_internal.message GROUP BY 1, 2, 3, 4 HAVING count(*) > 1) AS d}), 0,
	'no message was written twice');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pulse.overdue_waits}), 0, 'nothing is overdue');
$node->stop;
done_testing();
