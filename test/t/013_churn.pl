# A scorecard fitted to customers that left, where the folder that PULSE_SHARED
# names is there: ten-fold cross-validation, every fold scored by a model that
# never saw it.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $file = ($ENV{PULSE_SHARED} // '') . '/data/churn_telco/Telco-Customer-Churn.csv';
plan skip_all => 'the customers are not there (PULSE_SHARED)' unless -r $file;

my $node = PostgreSQL::Test::Cluster->new('churn');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION salespulse CASCADE');

open my $csv, '<', $file or die "$file: $!";
my $header = <$csv>;
close $csv;
$header =~ s/\s+\z//;
my @columns = split /,/, $header;
my $list = join ', ', map { qq("$_" text) } @columns;
my $fitted = join ',', grep { $_ ne 'customerID' && $_ ne 'Churn' } @columns;

$node->safe_psql('postgres', qq{
	CREATE TABLE telco ($list);
	\\copy telco FROM '$file' (FORMAT csv, HEADER)
	UPDATE telco SET "TotalCharges" = NULL WHERE "TotalCharges" !~ '[0-9]';
	ALTER TABLE telco ALTER tenure TYPE numeric USING tenure::numeric, ALTER "MonthlyCharges" TYPE numeric USING "MonthlyCharges"::numeric,
		ALTER "TotalCharges" TYPE numeric USING "TotalCharges"::numeric, ADD COLUMN churned boolean, ADD COLUMN fold int, ADD COLUMN health pulse.health;
	UPDATE telco SET churned = "Churn" = 'Yes', fold = abs(hashtext("customerID")::bigint) % 10;
	CREATE VIEW training AS SELECT * FROM telco WHERE fold <> current_setting('churn.fold')::int;
});
is($node->safe_psql('postgres', 'SELECT count(*), count(*) FILTER (WHERE churned) FROM telco'), '7043|1869', 'the customers are read');

sub cross_validate
{
	my ($monotone) = @_;
	$node->safe_psql('postgres', join ';', map { qq{
		SET churn.fold = $_;
		SELECT * FROM pulse.fit_model('churn', 'training', 'churned', '{$fitted}', monotone => $monotone);
		UPDATE telco AS t SET health = pulse.health('churn', t) WHERE fold = $_} } 0 .. 9);
	return $node->safe_psql('postgres', q{
		SELECT round(e[3]::numeric, 6), round(e[4]::numeric, 6), md5((SELECT string_agg(health::text, ',' ORDER BY "customerID" COLLATE "C") FROM telco))
		FROM (SELECT pulse.evaluation(health, churned) AS e FROM telco) AS x});
}

for my $monotone ('true', 'false')
{
	my $first = cross_validate($monotone);
	my ($auc, $ks) = split /\|/, $first;
	note "monotone $monotone: AUC $auc, KS $ks";
	cmp_ok($auc, '>=', 0.84, "area under the curve, monotone $monotone");
	cmp_ok($ks, '>=', 0.52, "distance of the distributions, monotone $monotone");
	is(cross_validate($monotone), $first, 'the same again');
}

# within the bands, from the lowest up, fewer and fewer have left
is($node->safe_psql('postgres', q{
	SELECT bool_and(fewer) FROM (
		SELECT bad_share < lag(bad_share) OVER () AS fewer FROM pulse.confusion('churn', 'telco', 'churned')) AS x}),
	't', 'the lower the band, the more have left');

$node->stop;
done_testing();
