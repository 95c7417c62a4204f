# Anomalies in daily sales of 867 stores with labelled events, where the folder
# that PULSE_SHARED names is there and its generator can run: how many events
# are found, and how often nothing had happened.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $generator = ($ENV{PULSE_SHARED} // '') . '/tools/retail.py';
plan skip_all => 'the generator of sales is not there (PULSE_SHARED)' unless -r $generator;
my $python = '/usr/bin/python3';
plan skip_all => 'the generator of sales needs python3 with numpy and pandas'
	if !-x $python || system("$python -c 'import numpy, pandas' 2>/dev/null") != 0;

my $folder = PostgreSQL::Test::Utils::tempdir();
# as it is, or with another seed and another number of stores
sub generate
{
	my ($seed, $stores) = @_;
	my $program = slurp_file($generator);
	if (defined $seed)
	{
		$program =~ s/20260101/$seed/ && $program =~ s/S,C,T=867,/S,C,T=$stores,/ or die 'the generator is another one';
	}
	open(my $out, '>', "$folder/generate.py") or die "generate.py: $!";
	print $out $program;
	close $out;
	system("cd '$folder' && $python generate.py") == 0 or die 'the generator failed';
}

my $node = PostgreSQL::Test::Cluster->new('anomaly');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION salespulse CASCADE');
sub load_sales
{
	generate(@_);
	$node->safe_psql('postgres', qq{
	DROP TABLE IF EXISTS sale, event;
	CREATE TABLE sale (store int, city int, day date, quantity int, label int);
	\\copy sale FROM '$folder/daily_sales.csv' (FORMAT csv, HEADER)
	CREATE TABLE event AS
	SELECT store, min(day) AS first, max(day) AS last
	FROM (SELECT store, day, day - (row_number() OVER (PARTITION BY store ORDER BY day))::int AS run
		  FROM sale WHERE label = 1) AS labelled
	GROUP BY store, run;
});
}
load_sales();
is($node->safe_psql('postgres', 'SELECT count(*), count(DISTINCT store) FROM sale'), '346800|867', 'the sales are read');

sub judge
{
	my ($threshold) = @_;
	return split /\|/, $node->safe_psql('postgres', qq{
		CREATE TEMPORARY TABLE episode AS
		SELECT series::int AS store, started, ended FROM pulse.anomalies('sale', 'quantity', 'day', 'store', 'city',
			since => '2025-03-02', until => '2026-02-05', threshold => $threshold);
		SELECT (SELECT avg((EXISTS (SELECT FROM episode AS e WHERE e.store = v.store AND e.started <= v.last AND e.ended > v.first))::int)
				FROM event AS v WHERE v.first >= '2025-03-02'),
			(SELECT count(*) FROM episode AS e WHERE NOT EXISTS
				(SELECT FROM event AS v WHERE e.store = v.store AND e.started <= v.last AND e.ended > v.first)) / ((SELECT count(DISTINCT store) FROM sale) * 340 / 30.0)
	});
}

my ($recall, $false) = judge('NULL');
note "as shipped: recall $recall at $false false alarms in a month of a store";
cmp_ok($recall, '>=', 0.80, 'most events are found');
cmp_ok($false, '<=', 0.10, 'one false alarm in ten months of a store at most');

my ($wide_recall, $wide_false) = judge(3.0);
cmp_ok($wide_recall, '>', $recall, 'a lower threshold finds more');
cmp_ok($wide_false, '>', $false, 'and errs more often');

# by city the holidays and the weather are nobody's anomaly
my ($alone) = split /\|/, $node->safe_psql('postgres', q{
	SELECT count(*) FROM pulse.anomalies('sale', 'quantity', 'day', 'store', 'store', since => '2025-07-20', until => '2025-07-27')});
my ($grouped) = split /\|/, $node->safe_psql('postgres', q{
	SELECT count(*) FROM pulse.anomalies('sale', 'quantity', 'day', 'store', 'city', since => '2025-07-20', until => '2025-07-27')});
cmp_ok($grouped * 10, '<', $alone, 'a holiday is told of hardly any store');

# series that nothing was fitted to: other seeds, other numbers of stores
for ([ 11, 867 ], [ 22, 300 ])
{
	load_sales(@$_);
	my ($found, $wrong) = judge('NULL');
	note "seed $_->[0], $_->[1] stores: recall $found at $wrong false alarms in a month of a store";
	cmp_ok($found, '>=', 0.80, "seed $_->[0], $_->[1] stores: most events are found");
	cmp_ok($wrong, '<=', 0.10, "seed $_->[0], $_->[1] stores: one false alarm in ten months of a store at most");
}

done_testing();
