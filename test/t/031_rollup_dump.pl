# A rollup is dumped with the tables it consists of, and goes on after a restore;
# a rollup whose tables somebody has dropped says so and disturbs nobody.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('rollup');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE first');
$node->safe_psql('postgres', 'CREATE DATABASE second');
$node->safe_psql('first', q{
	CREATE EXTENSION salespulse CASCADE;
	CREATE ROLE regress_rollup_clerk;
	CREATE SCHEMA app;
	CREATE TABLE app.sale (day date, store text, total pulse.amount) PARTITION BY LIST (store);
	CREATE TABLE app.sale_east PARTITION OF app.sale FOR VALUES IN ('east');
	GRANT USAGE ON SCHEMA app TO regress_rollup_clerk;
	GRANT INSERT ON app.sale TO regress_rollup_clerk;
	SELECT pulse.create_rollup('daily', 'app.sale', 'day', dimensions => '{store}', measures => '{count,sum(total)}');
	INSERT INTO app.sale VALUES ('2026-01-01', 'east', 'CNY 1.10');
	SELECT pulse_internal.fold_rollups();
	INSERT INTO app.sale VALUES ('2026-01-01', 'east', 'CNY 2.20'), ('2026-01-02', 'east', 'CNY 3.30');
});
my $reading = 'SELECT * FROM pulse_event.daily ORDER BY period, store, currency';
my $before = $node->safe_psql('first', $reading);
is($before, "2026-01-01|east|CNY|2|CNY 3.30\n2026-01-02|east|CNY|1|CNY 3.30", 'a rollup, folded in part');

my $dump = PostgreSQL::Test::Utils::tempdir() . '/dump.sql';
$node->command_ok([ 'pg_dump', '-f', $dump, '-d', $node->connstr('first') ], 'dumped');
$node->command_ok([ 'psql', '-qX', '-v', 'ON_ERROR_STOP=1', '-f', $dump, '-d', $node->connstr('second') ], 'restored');
is($node->safe_psql('second', $reading), $before, 'it says the same');
is($node->safe_psql('second', q{SELECT count(*) FROM pulse.check_rollup('daily')}), 0, 'it equals its source');

$node->safe_psql('second', q{
	SET ROLE regress_rollup_clerk;
	INSERT INTO app.sale VALUES ('2026-01-02', 'east', 'CNY 4.40');
	RESET ROLE;
	INSERT INTO app.sale_east VALUES ('2026-01-03', 'east', 'JPY 5');
	UPDATE app.sale SET total = 'CNY 1.00' WHERE day = '2026-01-01';
});
is($node->safe_psql('second', 'SELECT pulse_internal.fold_rollups() > 0'), 't', 'it is folded');
is($node->safe_psql('second', $reading),
	"2026-01-01|east|CNY|2|CNY 2.00\n2026-01-02|east|CNY|2|CNY 7.70\n2026-01-03|east|JPY|1|JPY 5", 'it goes on');
is($node->safe_psql('second', q{SELECT count(*) FROM pulse.check_rollup('daily')}), 0, 'and equals its source');
is($node->safe_psql('second', q{SELECT state FROM pulse.rollups WHERE name = 'daily'}), 'ok', 'and is ok');
$node->safe_psql('second', q{SELECT pulse.create_rollup('weekly', 'app.sale', 'day', 'week')});
is($node->safe_psql('second', 'SELECT count(DISTINCT rollup_id) FROM pulse_internal.rollup'), 2, 'the next one has an id of its own');

# the deltas are gone: the writer does not notice, the rollup says so, the other one goes on
$node->safe_psql('second', q{
	DROP TABLE pulse_event.daily_deltas CASCADE;
	INSERT INTO app.sale VALUES ('2026-01-04', 'east', 'CNY 1.00');
	SELECT pulse_internal.fold_rollups();
});
is($node->safe_psql('second', q{SELECT name, state, reason FROM pulse.rollups ORDER BY name}),
	"daily|broken|a table of rollup \"daily\" is gone\nweekly|ok|", 'dropped deltas');
is($node->safe_psql('second', q{SELECT count(*) FROM pulse.check_rollup('weekly')}), 0, 'the other one goes on');
$node->safe_psql('second', q{SELECT pulse.drop_rollup('daily')});
is($node->safe_psql('second', q{SELECT to_regclass('pulse_event.daily_cells') IS NULL}), 't', 'it can be dropped');

# the source is gone
$node->safe_psql('second', q{DROP TABLE app.sale; SELECT pulse_internal.fold_rollups()});
my ($status, $out, $err) = $node->psql('second', q{SELECT * FROM pulse.check_rollup('weekly')});
like($err, qr/source of rollup "weekly" is gone/, 'a source that was dropped');
$node->safe_psql('second', q{SELECT pulse.drop_rollup('weekly')});
is($node->safe_psql('second', 'SELECT count(*) FROM pulse.rollups'), 0, 'it can be dropped');

$node->stop;
done_testing();
