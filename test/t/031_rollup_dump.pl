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
	CREATE TABLE app.visit (at timestamptz, rep text, minutes int);
	SELECT pulse.create_rollup('visits', 'app.visit', 'at', dimensions => '{rep}', measures => '{count,max(minutes),median(minutes)}');
	SELECT pulse.create_rollup('visits_by_month', 'pulse_event.visits', 'period', 'month');
	SELECT pulse.expect_members('visits', 'rep', close_at => '06:00');
	INSERT INTO app.visit VALUES ('2026-01-01 12:00+00', 'kim', 10), ('2026-01-01 12:00+00', 'lee', 20), ('2026-01-02 12:00+00', 'kim', 30);
	SELECT pulse.mark_reported('visits', 'lee', '2026-01-02');
	SELECT pulse.close_rollup('visits', '2026-01-03');
	INSERT INTO app.visit VALUES ('2026-01-02 13:00+00', 'kim', 40);
});
my $kinds = q{SELECT v.*, m.count FROM pulse_event.visits AS v, pulse_event.visits_by_month AS m ORDER BY 1, 2};
my $closed = q{SELECT period, status, missing, state FROM pulse.report_status('visits', '2026-01-01', '2026-01-03')};
my @kinds_before = ($node->safe_psql('first', $kinds), $node->safe_psql('first', $closed));
is($kinds_before[1], "2026-01-01|complete|{}|closed\n2026-01-02|partial|{lee}|closed", 'closed days');
my $reading = 'SELECT * FROM pulse_event.daily ORDER BY period, store, currency';
my $before = $node->safe_psql('first', $reading);
is($before, "2026-01-01|east|CNY|2|CNY 3.30\n2026-01-02|east|CNY|1|CNY 3.30", 'a rollup, folded in part');

my $dump = PostgreSQL::Test::Utils::tempdir() . '/dump.sql';
$node->command_ok([ 'pg_dump', '-f', $dump, '-d', $node->connstr('first') ], 'dumped');
$node->command_ok([ 'psql', '-qX', '-v', 'ON_ERROR_STOP=1', '-f', $dump, '-d', $node->connstr('second') ], 'restored');
is($node->safe_psql('second', $reading), $before, 'it says the same');
is($node->safe_psql('second', q{SELECT count(*) FROM pulse.check_rollup('daily')}), 0, 'it equals its source');
is($node->safe_psql('second', $kinds), $kinds_before[0], 'so does one with figures, and one made from it');
is($node->safe_psql('second', $closed), $kinds_before[1], 'what was closed is closed');
$node->safe_psql('second', q{INSERT INTO app.visit VALUES ('2026-01-02 14:00+00', 'lee', 90); SELECT pulse_internal.fold_rollups(); SELECT pulse_internal.fold_rollups()});
is($node->safe_psql('second', q{SELECT max_minutes FROM pulse_event.visits WHERE rep = 'lee' AND period = '2026-01-02'}), 90, 'the figures go on');
is($node->safe_psql('second', q{SELECT (SELECT count(*) FROM pulse.check_rollup('visits')) + (SELECT count(*) FROM pulse.check_rollup('visits_by_month'))}), 0, 'and equal their source');
is($node->safe_psql('second', $closed), "2026-01-01|complete|{}|closed\n2026-01-02|complete|{}|reopened", 'and a late row reopens its day');
$node->safe_psql('second', q{SELECT pulse.drop_rollup('visits_by_month'); SELECT pulse.drop_rollup('visits')});

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
