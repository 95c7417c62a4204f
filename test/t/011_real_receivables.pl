# Aging of real receivables against figures that others counted, where the
# folder that PULSE_SHARED names is there.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $shared = $ENV{PULSE_SHARED} // '';
my ($file) = glob "'$shared/data/ar_ibm/*.csv'";
plan skip_all => 'the receivables are not there (PULSE_SHARED)'
  unless defined $file && -r $file;

my $node = PostgreSQL::Test::Cluster->new('receivables');
$node->init;
$node->start;
$node->safe_psql('postgres', qq{
	CREATE EXTENSION salespulse CASCADE;
	SET datestyle = 'ISO, MDY';
	CREATE TABLE invoice (country text, customer text, paperless date, id text, issued date, due date,
						  amount numeric, disputed text, settled date, bill text, days int, late int);
	\\copy invoice FROM '$file' (FORMAT csv, HEADER)
});

# what is open at a day: issued by then and settled later
sub open_at
{
	my ($day, $figure) = @_;
	return $node->safe_psql('postgres', qq{
		SELECT $figure FROM invoice WHERE issued <= '$day' AND settled > '$day'});
}

is(open_at('2013-06-30', q{pulse.aging(pulse.amount(amount, 'USD'), due, '2013-06-30')}),
	'2013-06-30 USD not_due 4284.29, 1-30 835.56, 31-60 0.00, 61-90 0.00, 91+ 0.00, credits 0.00',
	'the middle of 2013');
is(open_at('2012-12-31', q{pulse.aging(amount, due, '2012-12-31')}),
	'2012-12-31 not_due 4936.32, 1-30 788.74, 31-60 0.00, 61-90 0.00, 91+ 0.00, credits 0.00',
	'the end of 2012');
is(open_at('2013-06-30', q{pulse.total(pulse.aging(amount, due, '2013-06-30')) = sum(amount) AND sum(amount) = 5119.85}),
	't', 'the buckets add up to what is open');
is($node->safe_psql('postgres', q{
		SELECT count(*), sum(total) FROM pulse.aging_report('invoice', 'amount', 'due', '2013-06-30', '{customer}')}),
	'100|147703.18', 'a report by customer holds every invoice');

# each day of two years, against the sums written by hand
is($node->safe_psql('postgres', q{
		SELECT count(*), bool_and(
			ARRAY(SELECT b.amount FROM pulse.buckets(p) AS b WHERE b.bucket >= 0) = by_hand)
		FROM (SELECT pulse.aging(amount, due, day::date, '{5,10,20,30}') AS p,
				ARRAY[coalesce(sum(amount) FILTER (WHERE due >= day), 0),
					coalesce(sum(amount) FILTER (WHERE day::date - due BETWEEN 1 AND 5), 0),
					coalesce(sum(amount) FILTER (WHERE day::date - due BETWEEN 6 AND 10), 0),
					coalesce(sum(amount) FILTER (WHERE day::date - due BETWEEN 11 AND 20), 0),
					coalesce(sum(amount) FILTER (WHERE day::date - due BETWEEN 21 AND 30), 0),
					coalesce(sum(amount) FILTER (WHERE day::date - due > 30), 0)] AS by_hand
			  FROM generate_series('2012-02-01', '2013-12-01', interval '1 day') AS day
			  JOIN invoice ON issued <= day AND settled > day GROUP BY day) AS aged}),
	'670|t', 'every day of two years');

done_testing();
