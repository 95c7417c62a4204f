
# Dump and restore of rules that name a calendar or say FIRE PAST, with waits open: the
# calendar comes along and is kept, and what has passed in silence stays silent.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('clauses');
$node->init;
$node->append_conf('postgresql.conf', "timezone = 'UTC'\ndatestyle = 'ISO'\nclient_min_messages = warning");
$node->start;

sub sql
{
	my ($database, $text) = @_;
	return $node->safe_psql($database, $text);
}

sub tick
{
	my ($database, $instant) = @_;
	return sql($database, qq{SET client_min_messages = error; SELECT pulse.set_clock('$instant+00'); SELECT firings FROM pulse.tick()}) =~ s/^\n//r;
}

my $firings = q{SELECT rule, key, step, due_at, evidence ->> 'calendar' FROM pulse.firings ORDER BY rule, key, step};
my $rules = q{SELECT r.name, r.rule, r.calendar, a.due_in FROM pulse_internal.rule AS r JOIN pulse_internal.rule_action AS a USING (rule_id) ORDER BY 1, a.step};

sql('postgres', 'CREATE DATABASE work');
sql('work', q{
	SET client_min_messages = error;
	CREATE EXTENSION salespulse CASCADE;
	SELECT pulse.setup(timezone => 'UTC');
	CREATE SCHEMA app;
	CREATE TABLE app.client (client int PRIMARY KEY, since timestamptz);
	INSERT INTO app.client VALUES (1, '2026-01-01'), (2, '2026-02-20');
	CREATE TABLE app.stock (item int PRIMARY KEY, supply int);
	INSERT INTO app.stock VALUES (1, 3), (2, 30);
	SELECT pulse.set_clock('2026-03-02 08:00+00');
	SELECT pulse.create_calendar('shops', '{2,4,6}', true);
	SELECT pulse.create_event('asked', 'customer int'), pulse.create_event('answered', 'customer int'), pulse.create_event('visit', 'client int');
	SELECT pulse.describe_key('client', 'app.client', name => 'client', since => 'since');
	SELECT pulse.label('relation', 'app.stock', 'stock');
	SELECT pulse.create_rule('asked', 'WHEN asked PER customer AND NOT answered WITHIN 3 working days USING CALENDAR "shops" FIRE PAST THEN notify rep; 2 working days later: assign rep "Answer" DUE IN 2 working days', 'live');
	SELECT pulse.create_rule('member', 'EACH client WITHOUT visit FOR 21 days THEN notify rep', 'shadow');
	SELECT pulse.create_rule('state', 'WHILE stock WHERE supply < 7 PER item THEN notify rep', 'shadow');
	INSERT INTO pulse_event.asked (at, customer) VALUES ('2026-03-02 08:00+00', 7);
});
is(tick('work', '2026-03-02 09:00'), '1', 'who was overdue before the rules passes in silence; what holds is found');
# a change that came between: the next look is no first one
sql('work', q{SET client_min_messages = error; SELECT pulse.alter_rule('member', 'EACH client WITHOUT visit FOR 21 days THEN notify rep "Visit"')});

my $dump = $node->basedir . '/work.sql';
$node->command_ok([ 'pg_dump', '-Fp', '-f', $dump, '-d', $node->connstr('work') ], 'dump');
sql('postgres', 'CREATE DATABASE copy');
$node->command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('copy'), '-f', $dump ], 'restore');
is(sql('copy', $rules), sql('work', $rules), 'the rules are the same, with their calendars');
like(sql('copy', $rules), qr/2 working days USING CALENDAR shops/, 'and the tasks they give go by it');
is(sql('copy', q{SELECT weekdays FROM pulse.calendars WHERE name = 'shops'}), '{2,4,6}', 'the calendar came along');
my ($status, $out, $error) = $node->psql('copy', q{SELECT pulse.drop_calendar('shops')});
like($error, qr/calendar "shops" is used by rules/, 'and is kept');

for my $database (qw(work copy))
{
	sql($database, 'INSERT INTO app.client VALUES (3, NULL); UPDATE app.stock SET supply = 2');
	tick($database, $_) for '2026-03-02 11:00', '2026-03-08 09:00', '2026-03-13 09:00', '2026-03-14 09:00';
}
is(sql('copy', $firings), sql('work', $firings), 'the restored database works on in the same way');
is(sql('work', $firings), join("\n",
		'asked|7|1|2026-03-08 00:00:00+00|shops', 'asked|7|2|2026-03-13 00:00:00+00|shops',
		'member|2|1|2026-03-13 00:00:00+00|', 'state|1|1|2026-03-02 09:00:00+00|', 'state|2|1|2026-03-02 11:00:00+00|'),
	'by the calendar, and without what was due before the rules');
is(sql('copy', q{SELECT due_at FROM pulse.tasks}), '2026-03-18 00:00:00+00', 'the task, too');

$node->stop;
done_testing();
