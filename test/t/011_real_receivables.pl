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

# by every rule the same total, each day of a month
is($node->safe_psql('postgres', q{
		SELECT count(*), bool_and(pulse.total(p) = open) FROM (
			SELECT pulse.aging(amount, due, day::date, '{15,30}', rule) AS p, sum(amount) AS open
			FROM generate_series('2013-06-01', '2013-06-30', interval '1 day') AS day
			JOIN invoice ON issued <= day AND settled > day
			CROSS JOIN unnest('{exclusive,day_0_due,not_due_in_first,credits_aged}'::text[]) AS rule GROUP BY day, rule) AS aged}),
	'120|t', 'every rule adds up');

# when all is settled, Kaplan and Meier say what the dataset's own column of days says
is($node->safe_psql('postgres', q{
		SELECT method, open_items, median_days, round(mean_days::numeric, 6) FROM pulse.collection_days('invoice', 'amount', 'issued', 'settled', '2014-12-31')}),
	"count|0|26|26.444850\namount|0|26|26.700568", 'collection days of what is settled');
is($node->safe_psql('postgres', q{SELECT round(avg(days), 6), round(sum(amount * days) / sum(amount), 6) FROM invoice}),
	'26.444850|26.700568', 'the dataset says the same');
# and while half of it is open they come within 2 percent of the truth, the plain average does not come near
is($node->safe_psql('postgres', q{
		SELECT open_items, abs(mean_days / truth - 1) < 0.02, paid_mean_days / truth < 0.75
		FROM pulse.collection_days('invoice', 'amount', 'issued', 'settled', '2013-06-30', condition => 'issued > date ''2013-05-15'''),
			(SELECT avg(days)::float8 AS truth FROM invoice WHERE issued > '2013-05-15' AND issued <= '2013-06-30') AS later
		WHERE method = 'count'}),
	'84|t|t', 'open items are not left out');

# 5119.85 / 39380.52 x 181 days; of June's 5849.59, 5119.85 are 26.26 of 30 days
is($node->safe_psql('postgres', q{
		SELECT metric, round(value, 4), status FROM pulse.receivable_metrics('invoice', 'amount', 'issued', 'due', 'settled', '2013-06-30', 6) WHERE metric ~ 'dso'}),
	"dso|23.5318|ok\ncount_back_dso|26.2575|ok\nbest_possible_dso|19.6914|ok", 'DSO at the middle of 2013');

done_testing();
