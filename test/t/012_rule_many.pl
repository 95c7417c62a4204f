# Three thousand rules of one event, all of which read each of its events: a tick needs no
# lock for each of them, at the default max_locks_per_transaction and few connections.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $rules = 3000;
my $node  = PostgreSQL::Test::Cluster->new('rule_many');
$node->init;
$node->append_conf('postgresql.conf', "client_min_messages = error\ntimezone = UTC\nmax_connections = 10\nmax_prepared_transactions = 0");
$node->start;
$node->safe_psql('postgres', qq{
	CREATE EXTENSION salespulse CASCADE;
	SELECT pulse.set_clock('2026-01-01 00:00+00');
	SELECT pulse.create_event('ordered', 'customer text, amount numeric');
	CREATE PROCEDURE make_rules() LANGUAGE plpgsql AS \$\$
	BEGIN
		FOR n IN 1 .. $rules LOOP
			PERFORM pulse.create_rule('rule ' || n, format('WHEN ordered WHERE amount > %s PER customer EACH TIME THEN notify rep', n), 'shadow');
			IF n % 20 = 0 THEN COMMIT; END IF;
		END LOOP;
	END \$\$;
	CALL make_rules();
	SELECT FROM pulse.tick();
	INSERT INTO pulse_event.ordered (customer, amount) VALUES ('a', 1.5), ('b', 2000.5), ('c', 100000);
	SELECT pulse.set_clock('2026-01-01 00:01+00');
});
cmp_ok($node->safe_psql('postgres', q{SELECT current_setting('max_locks_per_transaction')::int * 40}), '<', $rules, 'there are more rules than places for locks');

my ($locks, $more) = split /\n/, $node->safe_psql('postgres', q{
	BEGIN;
	SELECT FROM pulse.tick();
	SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid();
	COMMIT;
	SELECT more FROM pulse.tick();
});
cmp_ok($locks, '<', 200, "a tick holds few locks ($locks)");
is($node->safe_psql('postgres', q{SELECT key, count(*), count(DISTINCT rule) FROM pulse.firings GROUP BY key ORDER BY key}),
	"a|1|1\nb|2000|2000\nc|$rules|$rules", 'each rule fired as it says');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pulse.rules WHERE state <> 'ok'}), 0, 'no rule failed');
$node->stop;
done_testing();
