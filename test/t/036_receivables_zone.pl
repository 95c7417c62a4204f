# Days are those of the business time zone: the same data on servers in three zones,
# with other ways to write dates, give the same days, to the microsecond.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $work = q{
	CREATE EXTENSION salespulse_receivables CASCADE;
	SELECT pulse.setup(timezone => 'Asia/Shanghai', currency => 'CNY');
	CREATE SCHEMA sales;
	SELECT receivables.install('sales');
	INSERT INTO sales.debtor (customer_id, name, rep) VALUES (1, 'Hua', '1');
	CREATE TABLE staff (id int PRIMARY KEY, name text, email text, phone text, org text);
	INSERT INTO staff VALUES (1, 'Ann', 'ann@example.com', '13800000001', 'cn.north'), (2, 'Bo', 'bo@example.com', NULL, 'cn');
	SELECT pulse.map_staff('staff', id => 'id', name => 'name', email => 'email', mobile => 'phone', org_path => 'org');
	SELECT pulse.map_role('rep', key => 'customer', relation => 'sales.debtor', staff => 'rep'), pulse.map_role('regional_director', holder => '{2}'), pulse.map_role('finance', holder => '{2}');
	-- an application's own table, with instants
	CREATE TABLE bill (id int, total numeric, due timestamptz, issued timestamptz, paid timestamptz);
	CREATE TABLE moment AS SELECT row_number() OVER (ORDER BY at)::int AS n, at FROM unnest('{2026-01-30 15:59:59.999999+00,2026-01-30 16:00+00,2026-01-31 06:00+00,2026-01-31 15:59:59.999999+00,2026-01-31 16:00+00,2026-02-28 16:00+00,2026-03-01 15:59:59.999999+00}'::timestamptz[]) AS at;
	INSERT INTO bill SELECT n, power(10, n), at, at, at + interval '1 day' FROM moment;
	SELECT receivables.install_ladder('en', mode => 'live') FROM pulse.set_clock('2026-01-30 01:00+00');
	DO $$
	DECLARE
		moment record;
		day date;
	BEGIN
		FOR moment IN SELECT * FROM public.moment ORDER BY n LOOP
			PERFORM pulse.set_clock(moment.at), receivables.issue_invoice(1, pulse.amount(power(10, moment.n)::numeric, 'CNY'), number => 'A' || moment.n), receivables.take_snapshot();
			INSERT INTO sales.payment (customer_id, received_on, amount) VALUES (1, pulse.day_of(moment.at), 'CNY 5.00');
			PERFORM receivables.apply_payment(moment.n);
		END LOOP;
	END
	$$;
};
my @ticks = map { "SELECT pulse.set_clock('$_'); CALL pulse.run();" } ('2026-03-01 16:30+00', '2026-03-02 15:59:59.999999+00', '2026-03-02 16:00+00', '2026-03-08 16:00+00', '2026-03-16 17:00+00');
my $answers = q{
	SET timezone = 'UTC'; SET datestyle = 'ISO';
	SELECT 'invoice', number, issued_on, booked_at FROM sales.invoice ORDER BY 2;
	SELECT 'allocation', allocation_id, applied_on, counts_on FROM sales.allocation ORDER BY 2;
	SELECT 'item', d, o.kind, o.document, o.open_amount, o.days_past_due FROM unnest('{2026-01-30,2026-01-31,2026-02-01,2026-03-01}'::date[]) AS d, receivables.open_items(d, basis => 'booked') AS o ORDER BY 2, 3, o.item_id;
	SELECT 'snapshot', day, profile FROM sales.aging_snapshot ORDER BY 2;
	SELECT 'bills', d, r.not_due, r.buckets FROM unnest('{2026-01-31,2026-03-02}'::date[]) AS d, pulse.aging_report('bill', 'total', 'due', d, issued => 'issued', settled => 'paid') AS r ORDER BY 2;
	SELECT 'all bills', r.not_due, r.buckets FROM pulse.aging_report('bill', 'total', 'due', '2026-03-02') AS r;
	SELECT 'days', method, items, median_days FROM pulse.collection_days('bill', 'total', 'issued', 'paid', '2026-03-02') ORDER BY 2;
	SELECT 'firing', key, step, due_at, swept_at, superseded FROM pulse.firings ORDER BY due_at, key, step;
	SELECT 'task', key, title, due_at FROM pulse.tasks ORDER BY key;
	SELECT 'message', subject, body FROM pulse.messages ORDER BY message_id;
	SELECT 'why', pulse.why(firing_id, 'en') FROM pulse.firings ORDER BY firing_id LIMIT 3;
	SELECT 'metric', * FROM receivables.metrics('2026-02-28', 1);
};

my %answer;
for my $zone ('UTC', 'Asia/Shanghai', 'America/Los_Angeles')
{
	my $node = PostgreSQL::Test::Cluster->new('zone_' . ($zone =~ s/\W/_/gr));
	$node->init;
	$node->append_conf('postgresql.conf', "timezone = '$zone'\ndatestyle = '" . ($zone eq 'UTC' ? 'ISO, MDY' : 'German, DMY') . "'");
	$node->start;
	$node->safe_psql('postgres', $work);
	$node->safe_psql('postgres', $_) for @ticks;
	$answer{$zone} = $node->safe_psql('postgres', $answers);
	$node->stop;
}
is($answer{$_}, $answer{UTC}, "a server in $_ says the same days") for 'Asia/Shanghai', 'America/Los_Angeles';

# which are those of Shanghai
like($answer{UTC}, qr/^invoice\|A1\|2026-01-30\|.*\ninvoice\|A2\|2026-01-31\|/m, 'midnight there divides the days');
like($answer{UTC}, qr/^invoice\|A4\|2026-01-31\|.*\ninvoice\|A5\|2026-02-01\|/m, 'and the months');
is(join(' ', map { /^firing\|(\d)\|1\|(.*?)\|(.*?)\|/ ? "$1 due $2 seen $3," : () } split /\n/, $answer{UTC}),
	'2 due 2026-03-02 16:00:00+00 seen 2026-03-02 16:00:00+00, 3 due 2026-03-02 16:00:00+00 seen 2026-03-02 16:00:00+00, 4 due 2026-03-02 16:00:00+00 seen 2026-03-02 16:00:00+00, '
	. '5 due 2026-03-03 16:00:00+00 seen 2026-03-08 16:00:00+00,', 'what is due on the 31st of January is 31 days past due when the third of March begins there, not a microsecond before');
like($answer{UTC}, qr/^bills\|2026-01-31\|11100\|.*\nall bills\|0\|\{11111100,10,0,0\}$/m, 'instants of an application, too');
like($answer{UTC}, qr/^snapshot\|2026-01-30\|.*\nsnapshot\|2026-01-31\|.*\nsnapshot\|2026-02-01\|/m, 'snapshots are of these days');
like($answer{UTC}, qr/^task\|/m, 'the ladder went to its end');
done_testing();
