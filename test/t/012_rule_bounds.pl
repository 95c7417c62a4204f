# What the engine needs does not grow with what it has been through: a backlog of one
# transaction is read in slices, in bounded memory; the table of waits stays the size of what
# is open, however many are opened and closed. PULSE_LONG makes it ten million of each.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'needs /proc' if !-r '/proc/self/status';

my $backlog = $ENV{PULSE_LONG} ? 10_000_000 : 200_000;
my $cycles  = $ENV{PULSE_LONG} ? 10_000_000 : 100_000;
my $rounds  = $ENV{PULSE_LONG} ? 100 : 10;
my $node    = PostgreSQL::Test::Cluster->new('rule_bounds');
$node->init;
$node->append_conf('postgresql.conf', "client_min_messages = error\ntimezone = UTC\nautovacuum = off\nfsync = off\nmax_wal_size = 4GB");
$node->start;
$ENV{PGCTLTIMEOUT} = 600;
$node->safe_psql('postgres', q{
	CREATE EXTENSION salespulse CASCADE;
	SELECT pulse.set_clock('2026-01-01 00:00+00');
	SELECT pulse.create_event('asked', 'customer int, amount int'), pulse.create_event('answered', 'customer int');
	-- Its peak beyond the shared buffers it has touched, in kilobytes.
	CREATE FUNCTION peak() RETURNS int LANGUAGE sql VOLATILE AS $$
		SELECT sum(CASE m[1] WHEN 'VmHWM' THEN m[2]::int ELSE -m[2]::int END) FROM regexp_matches(pg_read_file('/proc/self/status'), '(VmHWM|RssShmem):\s+(\d+)', 'g') AS m $$;
	SELECT pulse.create_rule('each', 'WHEN asked WHERE amount > 0 PER customer EACH TIME AND NOT answered WITHIN 1 day THEN notify rep', 'shadow');
	CREATE TABLE slice (n int GENERATED ALWAYS AS IDENTITY, events bigint, memory int);
	CREATE PROCEDURE work() LANGUAGE plpgsql AS $$
	DECLARE t record;
	BEGIN
		LOOP
			SELECT * INTO t FROM pulse.tick();
			INSERT INTO slice (events, memory) SELECT sum(c.events), peak() FROM pulse.stat_consumers AS c WHERE c.consumer = 'rules';
			COMMIT;
			EXIT WHEN NOT t.more;
		END LOOP;
	END $$;
});

# What a slice needs it may first need in any slice, but the second half of them needs no more than the first.
sub bounded
{
	my ($which) = @_;
	my ($first, $second) = split /\|/, $node->safe_psql('postgres', q{
		SELECT max(memory) FILTER (WHERE n <= middle), max(memory) FILTER (WHERE n > middle) FROM slice, (SELECT (min(n) + max(n)) / 2 AS middle FROM slice) AS m});
	cmp_ok($second, '<', $first + 4 * 1024, "memory does not grow with the slices $which (first half $first kB, second $second kB)");
	cmp_ok($second, '<', 192 * 1024, "and stays small ($second kB)");
	return;
}

$node->safe_psql('postgres', qq{
	INSERT INTO pulse_event.asked (at, recorded, customer, amount)
		SELECT t, t, n % 50000, n % 20 FROM generate_series(1, $backlog) AS n, LATERAL (SELECT '2026-01-02'::timestamptz + n * interval '1 millisecond' AS t) AS x;
	SELECT pulse.set_clock('2026-01-02 06:00+00');
});
$node->safe_psql('postgres', 'CALL work()');
my $expected = $backlog / 20 * 19;
is($node->safe_psql('postgres', 'SELECT count(*) FROM pulse_internal.wait'), $expected, 'every event of the backlog that matches has opened its wait');
is($node->safe_psql('postgres', q{SELECT max(d) <= 20000 FROM (SELECT events - lag(events, 1, 0::bigint) OVER (ORDER BY n) AS d FROM slice) AS s}), 't', 'no slice is larger than its limit');
bounded('of the backlog');

$node->safe_psql('postgres', q{
	TRUNCATE slice;
	SELECT pulse.set_clock('2026-01-04 00:00+00');
	CALL work();
});
is($node->safe_psql('postgres', 'SELECT count(*) FROM pulse.firings'), $expected, 'and each of them fired when all came due at once');
bounded('of what is due');

my @size;
my $each = $cycles / $rounds;
$node->safe_psql('postgres', q{
	SELECT pulse.drop_rule('each');
	SELECT pulse.create_rule('cycle', 'WHEN asked PER customer AND NOT answered WITHIN 1 day THEN notify rep', 'shadow');
	});
$node->safe_psql('postgres', 'VACUUM FULL pulse_internal.wait');
for my $round (1 .. $rounds)
{
	$node->safe_psql('postgres', qq{
		INSERT INTO pulse_event.asked (at, recorded, customer, amount) SELECT pulse.clock(), pulse.clock(), n, 1 FROM generate_series(1, $each) AS n;
		SELECT pulse.set_clock(pulse.clock() + interval '10 minutes');
		CALL work();
		INSERT INTO pulse_event.answered (at, recorded, customer) SELECT pulse.clock(), pulse.clock(), n FROM generate_series(1, $each) AS n;
		SELECT pulse.set_clock(pulse.clock() + interval '10 minutes');
		CALL work();
	});
	$node->safe_psql('postgres', 'VACUUM pulse_internal.wait');
	push @size, $node->safe_psql('postgres', q{SELECT pg_total_relation_size('pulse_internal.wait')});
}
is($node->safe_psql('postgres', 'SELECT count(*) FROM pulse_internal.wait'), 0, "$cycles waits opened and closed, none is left");
cmp_ok($size[-1], '<=', 2 * $size[1], "the table of waits is no larger for it ($size[1], then $size[-1] bytes)");
$node->stop;
done_testing();
