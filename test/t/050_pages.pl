# The pages, made from the demonstration's data, in a real browser: phone and
# desktop, light, dark and print, English and Chinese. Without Chromium what it
# would look at is skipped, and counted as skipped.
use strict;
use warnings;
use utf8;

use FindBin;
use lib "$FindBin::Bin/../harness";
use Browser;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('pages');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\n");
$node->start;
$ENV{PGHOST} = $node->host;
$ENV{PGPORT} = $node->port;
$ENV{PULSE_LEDGER} = 'generated';
my $db = 'pages';
`test/demo/load.sh $db 120`;
is($?, 0, 'the application is there');
for my $file ('pulse.sql', 'replay.sql', 'health.sql', 'pages.sql')
{
	my ($status, $out, $err) = $node->psql($db, "\\set wait_for_relay false\n\\i test/demo/$file", on_error_stop => 1);
	is($status, 0, $file) or diag($err);
}
sub query { my $answer = $node->safe_psql($db, $_[0]); utf8::decode($answer); return $answer; }

# twelve managers: disjoint boards that add up, one message each, sent by the tick when the hour has come
query(q{SELECT pulse.set_clock('2013-10-01 07:29+08'); SELECT pulse.tick()});
is(query(q{SELECT count(*) FROM pulse.messages WHERE found_by = 'page'}), 0, 'nothing is sent before its hour');
query(q{SELECT pulse.set_clock('2013-10-01 07:31+08'); SELECT pulse.tick()});
is(query(q{SELECT count(*), count(DISTINCT staff), count(DISTINCT recipient) FROM pulse.messages WHERE found_by = 'page' AND state = 'queued'}), '12|12|12', 'twelve digests');
query(q{SELECT pulse.set_clock('2013-10-01 07:33+08'); SELECT pulse.tick()});
is(query(q{SELECT count(*) FROM pulse.messages WHERE found_by = 'page'}), 12, 'and no more');
is(query(q{SELECT count(*) FROM pulse.messages AS m JOIN app.region_manager AS r ON r.staff_id = m.staff
		WHERE strpos(m.body, 'Yesterday: ' || pulse.format_figure((SELECT sum(t.total) FROM app.till AS t WHERE t.region = r.region AND t.day = '2013-09-30'), 'USD', 0, 'en') || ' ') > 0}),
	12, 'each with the figure of its region');
is(query(q{SELECT sum((regexp_match(pulse.report_html('morning', region, '2013-10-01', 'en'), 'data-figure="Yesterday" data-value="([0-9.]*)"'))[1]::numeric)
		= (SELECT sum(total) FROM app.till WHERE day = '2013-09-30') FROM app.region_manager}), 't', 'the twelve boards add up to the company');
is(query(q{SELECT count(*) FILTER (WHERE pulse.report_html('morning', region, '2013-10-01', 'en') LIKE '%data-partial="true"%') FROM app.region_manager}), 1,
	'one of them is partial: its store is silent');

# a page with every kind of section, narrow and wide
query(q{SELECT pulse.create_page('kinds', 'Kinds', $$[
	{"kind": "figures", "title_en": "F", "query": "SELECT 'Total' AS label, sum(total) AS value, 'USD' AS unit, 0 AS digits FROM app.till WHERE day <= $2 UNION ALL SELECT 'Much', 4512345678.5, 'USD', 0"},
	{"kind": "heat_map", "title_en": "Heat map", "unit": "USD", "digits": 0, "query": "SELECT store, to_char(day, 'YYYY-MM'), sum(total) FROM app.till WHERE region = 'company.hangzhou' GROUP BY 1, 2 ORDER BY 1, 2"},
	{"kind": "heat_map", "title_en": "Wide", "title_zh": "宽", "wide": true, "unit": "USD", "digits": 0, "query": "SELECT region, to_char(day, 'YYYY-MM'), sum(total) FROM app.till GROUP BY 1, 2 ORDER BY 1, 2"},
	{"kind": "calendar", "title_en": "Calendar", "unit": "USD", "digits": 0, "query": "SELECT day, sum(total) FROM app.till WHERE day > '2013-08-05' GROUP BY 1 ORDER BY 1"},
	{"kind": "calendar", "title_en": "Wide calendar", "wide": true, "unit": "USD", "digits": 0, "query": "SELECT day, sum(total) FROM app.till GROUP BY 1 ORDER BY 1"},
	{"kind": "funnel", "title_en": "Funnel", "unit": "count", "query": "SELECT * FROM (VALUES ('线索', 12840), ('合格', 4210), ('下单', 1207)) AS v(a, b)"},
	{"kind": "bar", "title_en": "Bars", "unit": "percent", "query": "SELECT * FROM (VALUES ('a', 12.3), ('b', -4.5), ('A region with a very long name indeed', 0.0), ('nothing', NULL)) AS v(a, b)"},
	{"kind": "bar", "title_en": "Two", "wide": true, "unit": "USD", "digits": 0, "query": "SELECT region, sum(total) AS total, sum(target) AS target FROM app.till GROUP BY 1 ORDER BY 1"},
	{"kind": "line", "title_en": "Lines", "wide": true, "unit": "USD", "digits": 0, "query": "SELECT to_char(day, 'MM-DD'), sum(total), sum(target) FROM app.till GROUP BY 1 ORDER BY 1"},
	{"kind": "line", "title_en": "A point", "unit": "count", "query": "SELECT '07-01', 3"},
	{"kind": "stack", "title_en": "Stack", "unit": "USD", "digits": 0, "query": "SELECT 'Region ' || n, 100000 * n AS not_due, 50000 AS \"1-30 days\", 20000 AS \"31-60\", 5000 AS \"over 60\" FROM generate_series(1, 5) AS n"},
	{"kind": "bands", "title_en": "Bands", "unit": "count", "query": "SELECT * FROM (VALUES ('red', 12), ('amber', 31), ('green', 402), ('grey', 5)) AS v(a, b)"},
	{"kind": "text", "title_en": "Text", "query": "SELECT 'A paragraph, one_word_that_is_longer_than_the_screen_is_wide_and_cannot_be_broken_at_a_blank'"},
	{"kind": "table", "title_en": "Rows", "wide": true, "units": ["", "USD", "USD", "relative", "share", "", ""], "digits": 0,
	 "query": "SELECT region, sum(total) AS total, sum(target) AS target, 12.3 AS change, 0.25 AS share, '2013-09-30' AS day, 'A sentence that is longer than a phone is wide' AS remark FROM app.till GROUP BY 1 ORDER BY 1"},
	{"kind": "line", "title_en": "Empty", "query": "SELECT 'a', 1 WHERE false"}]$$, title_zh => '全部')});

# names that want out of their places
query(q{UPDATE app.customer SET name = '<script>alert("' || id || '")</script><img src=x onerror=alert(1)>'
		WHERE id IN (SELECT customer FROM app.ledger WHERE issued < '2012-03-20' AND coalesce(settled > '2012-04-20', true) ORDER BY 1 LIMIT 3)});
query(q{SELECT pulse.set_clock('2012-04-30 09:00+08')});

# what each page must show, asked of the tables without our functions
my %expected = (
	morning => [ '2013-10-01', 'SELECT sum(total) FROM app.till WHERE day = $$2013-09-30$$', 'USD' ],
	receivables => [ '2012-04-20', 'SELECT sum(amount) FROM app.ledger WHERE issued <= $$2012-04-20$$ AND coalesce(settled > $$2012-04-20$$, true)', 'USD' ],
	health => [ '2012-04-29', 'SELECT count(*) FROM app.customer_facts', 'count' ],
	rules => [ '2012-04-29', 'SELECT 1', 'count' ],
	kinds => [ '2013-09-30', 'SELECT sum(total) FROM app.till', 'USD' ]);
my @looks = ([ 'phone', width => 390, height => 844, mobile => 1 ], [ 'desktop', width => 1280, height => 900 ],
	[ 'dark', width => 1280, height => 900, scheme => 'dark' ], [ 'small and dark', width => 360, height => 740, mobile => 1, scheme => 'dark' ],
	[ 'print', width => 794, height => 1123, media => 'print', scheme => 'dark' ]);

my $browser = Browser->start;
my $folder = $ENV{PULSE_PAGES} // PostgreSQL::Test::Utils::tempdir();
SKIP:
{
	skip('chromium is not installed: the pages were not looked at', 2 * keys(%expected) * (1 + 10 * @looks)) unless $browser;
	for my $page (sort keys %expected)
	{
		for my $lang (qw(en zh))
		{
			my ($day, $sql, $unit) = @{ $expected{$page} };
			my $file = "$folder/$page.$lang.html";
			open(my $out, '>:utf8', $file) or die "$file: $!";
			print $out query("SELECT pulse.report_html('$page', as_of => '$day', lang => '$lang')");
			close $out;
			my $value = query($sql);
			my $text = query("SELECT pulse.format_figure($value, '$unit', 0, '$lang')");
			my $said = query("SELECT count(*) FROM regexp_matches(pulse.report_html('$page', as_of => '$day', lang => '$lang'), ' data-value=', 'g')");
			cmp_ok($said, '>', 3, "$page, $lang: it has figures");
			for my $look (@looks)
			{
				my ($what, %how) = @$look;
				(my $shot = $what) =~ tr/ /_/;
				my $seen = $browser->look($file, %how, shot => "$folder/$page.$lang.$shot.png");
				my $where = "$page, $lang, $what";
				is(join('; ', @{ $seen->{errors} }), '', "$where: no error");
				is(join(' ', grep { !/^(file|data):/ } @{ $seen->{requests} }), '', "$where: nothing fetched");
				is("$seen->{viewport} $seen->{width}", "$how{width} $how{width}", "$where: as wide as the screen, no wider");
				is($seen->{past}, 0, "$where: no part of it reaches beyond the edge");
				is(join(' | ', @{ $seen->{small} }), '', "$where: large enough to read");
				is(join(' | ', @{ $seen->{faint} }), '', "$where: contrast");
				is($seen->{scripts} + $seen->{unnamed}, 0, "$where: no script, no picture without a name");
				is($seen->{lang}, $lang eq 'zh' ? 'zh-CN' : 'en', "$where: says its language");
				is(scalar @{ $seen->{figures} }, $said, "$where: all figures are there");
				is("$seen->{figures}[0][1] $seen->{figures}[0][2]", "$value $text", "$where: the first figure is that of the tables");
			}
		}
	}
}
undef $browser;
$node->stop;
done_testing();
