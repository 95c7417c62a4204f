# Money, periods, calendars and the mapping of rates are dumped and restored:
# the same answers afterwards, in text and in custom format, and by a server
# and a session in other time zones.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('money');
$node->init;
$node->append_conf('postgresql.conf', "timezone = 'America/Los_Angeles'");
$node->start;
$node->safe_psql('postgres', "CREATE DATABASE $_") for qw(first second third);
$node->safe_psql('first', q{
	CREATE EXTENSION salespulse CASCADE;
	SELECT pulse.set_setting('timezone', 'Asia/Shanghai'), pulse.set_setting('fiscal_year_start', '04-01');
	CREATE SCHEMA app;
	CREATE TABLE app.fx (code text, day date, rate numeric, PRIMARY KEY (code, day));
	INSERT INTO app.fx VALUES ('USD', '2026-01-01', 7), ('EUR', '2026-01-01', 8);
	SELECT pulse.map_rates('app.fx', day => 'day', rate => 'rate', from_currency => 'code', to_currency => 'CNY', pivot => 'CNY');
	SELECT pulse.create_calendar('office', hours => '{5 09:00-15:00,09:00-17:00}', timezone => 'Europe/Berlin');
	INSERT INTO pulse.calendar_years (calendar, year, holidays) VALUES ('office', 2026, '{[2026-01-01,2026-01-01]}'), ('china', 2027, '{[2027-01-01,2027-01-03]}');
	CREATE TABLE app.target (month pulse.period PRIMARY KEY, amount pulse.amount CHECK (amount OPERATOR(pulse.>) 0), worth pulse.bag,
		quarter pulse.period GENERATED ALWAYS AS (pulse.period_of(pulse.first_day(month), 'quarter')) STORED) PARTITION BY RANGE (month);
	CREATE TABLE app.target_2026 PARTITION OF app.target FOR VALUES FROM ('2026') TO ('2027');
	CREATE TABLE app.target_rest PARTITION OF app.target DEFAULT;
	CREATE INDEX ON app.target (quarter, amount);
	INSERT INTO app.target SELECT m, pulse.amount(n, 'CNY'), pulse.bag(pulse.amount(n, 'USD')) FROM pulse.periods('2025-11-01', '2027-03-01', 'month') WITH ORDINALITY AS x(m, n);
	INSERT INTO app.target VALUES ('FY2026-04-01', 'JPY 1', '{CNY 1,EUR 2}');
});
my $answers = q{
	SELECT pulse.sum(pulse.convert(amount, 'CNY', as_of => '2026-03-05')) FROM app.target WHERE pulse.currency(amount) = 'CNY';
	SELECT pulse.convert(pulse.bag_sum(worth), 'EUR', as_of => '2026-03-05') FROM app.target;
	SELECT quarter, count(*) FROM app.target GROUP BY 1 ORDER BY 1;
	SELECT tableoid::regclass, count(*) FROM app.target GROUP BY 1 ORDER BY tableoid::regclass::text COLLATE "C";
	SELECT pulse.business_time_between('2026-03-05 00:00 Europe/Berlin', '2026-03-07 00:00 Europe/Berlin', 'office');
	SELECT pulse.add_business_time('2026-02-13 17:00+08', '9 hours 1 second', 'china') AT TIME ZONE 'UTC';
	SELECT pulse.is_working_day('2027-01-03', 'china'), pulse.business_days_between('2022-01-01', '2028-01-01', 'china');
	SELECT pulse.fiscal_period_of(pulse.day_of('2026-03-31 15:59:59+00'), 'fiscal_quarter'), pulse.fiscal_period_of(pulse.day_of('2026-03-31 16:00+00'), 'fiscal_quarter');
};
my $before = $node->safe_psql('first', $answers);
like($before, qr/14:00:00\n2026-02-24 01:00:01\n/, 'working time in the zone of the calendar');
like($before, qr/FY2025-04-01Q4\|FY2026-04-01Q1$/, 'a day begins in the business time zone');

my $folder = PostgreSQL::Test::Utils::tempdir();
$node->command_ok([ 'pg_dump', '-f', "$folder/plain", '-d', $node->connstr('first') ], 'dumped as text');
$node->command_ok([ 'psql', '-qX', '-v', 'ON_ERROR_STOP=1', '-f', "$folder/plain", '-d', $node->connstr('second') ], 'restored');
is($node->safe_psql('second', $answers), $before, 'the same answers');
$node->command_ok([ 'pg_dump', '-Fc', '-f', "$folder/custom", '-d', $node->connstr('second') ], 'dumped once more');
$node->command_ok([ 'pg_restore', '-e', '-d', $node->connstr('third'), "$folder/custom" ], 'restored');
is($node->safe_psql('third', "SET timezone = 'Pacific/Apia'; $answers"), $before, 'the same answers in a session elsewhere');
$node->append_conf('postgresql.conf', "timezone = 'Asia/Shanghai'");
$node->reload;
is($node->safe_psql('third', $answers), $before, 'and on a server elsewhere');

$node->stop;
done_testing();
