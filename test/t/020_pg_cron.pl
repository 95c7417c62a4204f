# The real pg_cron calls the tick; without it, or where it lives elsewhere, the
# error says what to type.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $pkglibdir = `@{[$ENV{PG_CONFIG} || 'pg_config']} --pkglibdir`;
chomp $pkglibdir;
plan skip_all => 'pg_cron is not there: make deps' unless -e "$pkglibdir/pg_cron.so";

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', qq{
shared_preload_libraries = 'pg_cron'
cron.use_background_workers = on
cron.database_name = 'postgres'
max_worker_processes = 20
});
$node->start;

sub error_of
{
	my ($database, $sql) = @_;
	my ($code, $out, $err) = $node->psql($database, $sql);
	return $err;
}

# loaded, not yet installed
$node->safe_psql('postgres', 'CREATE EXTENSION ltree; CREATE EXTENSION salespulse');
like(error_of('postgres', 'SELECT pulse.schedule()'),
	qr/HINT:  Type CREATE EXTENSION pg_cron/, 'not installed: the hint says what to type');

# it lives in another database: the hint is the very line
$node->safe_psql('postgres', 'CREATE EXTENSION pg_cron');
$node->safe_psql('postgres', 'CREATE DATABASE "Sales o\'1"');
$node->safe_psql("Sales o'1", 'CREATE EXTENSION ltree; CREATE EXTENSION salespulse');
my $err = error_of("Sales o'1", 'SELECT pulse.schedule()');
like($err, qr/pg_cron lives in another database/, 'elsewhere: said so');
my ($line) = $err =~ /(SELECT cron\.schedule_in_database\(.*\);)/;
ok($line, 'elsewhere: the hint has the line');
$node->safe_psql('postgres', $line);

# one job, however often one asks
my $job = $node->safe_psql('postgres', 'SELECT pulse.schedule()');
is($node->safe_psql('postgres', 'SELECT pulse.schedule()'), $job, 'a second call changes nothing');
is($node->safe_psql('postgres', 'SELECT database, schedule, command FROM cron.job ORDER BY 1'),
	"Sales o'1|* * * * *|CALL pulse.run()\npostgres|* * * * *|CALL pulse.run()", 'one job for each database');

# with lanes a job for each, and no more than that
$node->safe_psql('postgres', 'SELECT pulse.schedule(lanes => 3)');
is($node->safe_psql('postgres', q{SELECT count(*), pulse.setting('lanes') FROM cron.job WHERE database = 'postgres'}), '3|3', 'three lanes, three jobs');
$node->safe_psql('postgres', 'SELECT pulse.schedule(lanes => 2)');
is($node->safe_psql('postgres', q{SELECT string_agg(jobname, '; ' ORDER BY jobname) FROM cron.job WHERE database = 'postgres'}),
	'salespulse postgres; salespulse postgres, lane 2', 'then two');
like(error_of('postgres', 'SELECT pulse.schedule(lanes => 65)'), qr/ERROR:  invalid value for setting: "65"/, 'not any number');
is($node->safe_psql('postgres', 'SELECT pulse.unschedule(); SELECT count(*) FROM cron.job'), "t\n1", 'all of them go');
is($node->safe_psql('postgres', 'SELECT pulse.schedule(lanes => 1) > 0, count(*) FROM cron.job'), 't|1', 'and one comes back');

# a role of salespulse needs the right to use pg_cron, and is told
$node->safe_psql('postgres', 'CREATE ROLE boss LOGIN IN ROLE pulse_admin');
like(error_of('postgres', 'SET ROLE boss; SELECT pulse.schedule()'),
	qr/HINT:  Have a superuser type GRANT USAGE ON SCHEMA cron TO boss/, 'no right: the hint says whom to ask');
$node->safe_psql('postgres', 'GRANT USAGE ON SCHEMA cron TO boss');
like($node->safe_psql('postgres', 'SET ROLE boss; SELECT pulse.schedule()'), qr/^\d+$/, 'with the right it works');
ok($node->safe_psql('postgres', 'SET ROLE boss; SELECT pulse.unschedule()') eq 't', 'and is undone');

# a rollup that is to be closed at midnight, with yesterday's rows
$node->safe_psql("Sales o'1", q{
	CREATE TABLE sale (day date, store int);
	SELECT pulse.create_rollup('daily', 'sale', 'day', dimensions => '{store}');
	SELECT pulse.expect_members('daily', 'store', close_at => '00:00');
	UPDATE pulse_internal.rollup_member SET since = since - 1;
	INSERT INTO sale SELECT (pulse.clock() AT TIME ZONE pulse.setting('timezone'))::date - 1, store FROM generate_series(1, 3) AS store;
});

# it runs, in both databases, and the status knows
ok($node->poll_query_until('postgres',
		q{SELECT count(DISTINCT database) = 2 FROM cron.job_run_details WHERE status = 'succeeded'}),
	'pg_cron has run both jobs')
	or diag($node->safe_psql('postgres', 'SELECT * FROM cron.job_run_details'));
foreach my $database ('postgres', "Sales o'1")
{
	is($node->safe_psql($database, q{SELECT state FROM pulse.status WHERE component = 'tick'}), 'ok',
		"the tick ran in $database");
	is($node->safe_psql($database, q{SELECT min(runs) >= 1 FROM pulse.stat_jobs}), 't',
		"and its jobs with it in $database");
}

is($node->safe_psql("Sales o'1", q{SELECT status, state, reported FROM pulse.report_status('daily',
	(pulse.clock() AT TIME ZONE pulse.setting('timezone'))::date - 1)}), 'complete|closed|3', 'the job closed yesterday at its stated time');
is($node->safe_psql("Sales o'1", 'SELECT count(*) FROM pulse_event.daily_deltas'), '0', 'and folded it before');

# a run that fails is a failed job
is($node->safe_psql('postgres', 'SELECT pulse.unschedule()'), 't', 'unscheduled');
is($node->safe_psql('postgres', 'SELECT pulse.unschedule()'), 'f', 'nothing left to unschedule');
is($node->safe_psql('postgres', q{SELECT count(*) FROM cron.job WHERE database = 'postgres'}), '0', 'no job is left');

# without pg_cron at all
$node->append_conf('postgresql.conf', "shared_preload_libraries = ''\n");
$node->restart;
$node->safe_psql('postgres', 'DROP EXTENSION pg_cron');
like(error_of('postgres', 'SELECT pulse.schedule()'),
	qr/pg_cron is not running.*HINT:.*shared_preload_libraries.*CALL pulse\.run\(\)/s,
	'not loaded: how to get it, and how to do without');
$node->safe_psql('postgres', 'CALL pulse.run()');
is($node->safe_psql('postgres', q{SELECT state FROM pulse.status WHERE component = 'tick'}), 'ok',
	'any scheduler can call the run');

$node->stop;
done_testing();
