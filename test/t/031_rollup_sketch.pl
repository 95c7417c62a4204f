# Approximate distinct values and quantiles, where the extensions hll and tdigest
# are there: refused in plain words without them; after every kind of change as
# near as they promise; coarser ones from sketches, not from the source.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $sharedir = `$ENV{PG_CONFIG} --sharedir`;
chomp $sharedir;
for my $extension (qw(hll tdigest))
{
	plan skip_all => "extension $extension is not there (Debian: postgresql-15-$extension)" unless -e "$sharedir/extension/$extension.control";
}

my $node = PostgreSQL::Test::Cluster->new('sketch');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE first');
$node->safe_psql('postgres', 'CREATE DATABASE second');
$node->safe_psql('first', q{
	CREATE EXTENSION salespulse CASCADE;
	SELECT pulse.set_setting('timezone', 'UTC');
	CREATE ROLE regress_sketch;
	GRANT pulse_analyst TO regress_sketch;
	CREATE SCHEMA app AUTHORIZATION regress_sketch;
	SET ROLE regress_sketch;
	CREATE TABLE app.sale (id int PRIMARY KEY, at timestamptz, store text, customer numeric, price numeric, place point);
	CREATE INDEX ON app.sale (at);
});

sub refused
{
	my ($measure) = @_;
	my (undef, undef, $stderr) = $node->psql('first', qq{\\set VERBOSITY verbose
		SET ROLE regress_sketch; SELECT pulse.create_rollup('daily', 'app.sale', 'at', 'day', '{store}', '{$measure}', rollup_schema => 'app')});
	return $stderr;
}
like(refused('approx_distinct(customer)'), qr/0A000: measure approx_distinct\(customer\) needs extension hll\n.*not installed.*\nHINT:  Type CREATE EXTENSION hll;.*distinct\(customer\) is exact/, 'without hll');
like(refused('"approx_quantile(price, 0.5)"'), qr/0A000: measure approx_quantile\(price, 0.5\) needs extension tdigest\n.*\nHINT:  Type CREATE EXTENSION tdigest;/, 'without tdigest');
$node->safe_psql('first', 'CREATE SCHEMA tools; CREATE EXTENSION hll SCHEMA tools; CREATE EXTENSION tdigest SCHEMA tools; GRANT USAGE ON SCHEMA tools TO PUBLIC');
like(refused('approx_distinct(place)'), qr/0A000: values of column "place" cannot be counted approximately\nDETAIL:  Type point has no hash/, 'a type without a hash');
like(refused('"approx_quantile(price, 2)"'), qr/22023: unusable measures/, 'a fraction above one');
like(refused('"approx_quantile(price, 0.5)","approx_quantile(price, 0.5)"'), qr/22023: unusable measures/, 'twice');

my $measures = '{count,distinct(customer),approx_distinct(customer),"approx_quantile(price, 0.5)"}';
$node->safe_psql('first', qq{
	SET ROLE regress_sketch;
	SELECT pulse.create_rollup('daily', 'app.sale', 'at', 'day', '{store}', '$measures', rollup_schema => 'app');
	SELECT pulse.create_rollup('weekly', 'app.daily', 'period', 'week', '{}', '{count,approx_distinct(customer),"approx_quantile(price, 0.9)"}', rollup_schema => 'app');
	SELECT pulse.create_rollup('by_store', 'app.daily', 'period', 'day', '{store}', '{approx_distinct(customer)}', rollup_schema => 'app');
});
for my $bad ([ 'distinct(customer)', qr/It does not follow/ ], [ 'approx_distinct(price)', qr/keeps no such sketch/ ])
{
	my (undef, undef, $stderr) = $node->psql('first', qq{SELECT pulse.create_rollup('x', 'app.daily', 'period', 'week', '{}', '{$bad->[0]}', rollup_schema => 'app')});
	like($stderr, $bad->[1], "a coarser rollup with $bad->[0]");
}

# a small count is exact, a large one within a few hundredths (2.3 of a hundred is the standard error), ranks within two hundredths
my $near = q{
	WITH truth AS (SELECT date_trunc('week', at AT TIME ZONE 'UTC')::date AS period, count(DISTINCT customer) AS customers, array_agg(price) FILTER (WHERE price IS NOT NULL) AS prices FROM app.sale GROUP BY 1)
	SELECT (SELECT count(*) FROM app.daily AS d WHERE abs(d.approx_distinct_customer - d.distinct_customer) > greatest(0.09 * d.distinct_customer, 1)),
		(SELECT count(*) FROM app.daily AS d JOIN app.by_store AS b ON b.period IS NOT DISTINCT FROM d.period AND b.store IS NOT DISTINCT FROM d.store
			WHERE b.approx_distinct_customer <> d.approx_distinct_customer),
		(SELECT count(*) FROM app.weekly AS w FULL JOIN truth AS t ON t.period IS NOT DISTINCT FROM w.period
			WHERE t.customers IS NULL OR w.count IS NULL OR abs(w.approx_distinct_customer - t.customers) > greatest(0.09 * t.customers, 1)
			OR NOT 0.9 BETWEEN (SELECT count(*) FILTER (WHERE p < w.approx_quantile_price_0_9 * 0.98) FROM unnest(t.prices) AS p)::float8 / cardinality(t.prices) - 0.03
				AND (SELECT count(*) FILTER (WHERE p <= w.approx_quantile_price_0_9 * 1.02) FROM unnest(t.prices) AS p)::float8 / cardinality(t.prices) + 0.03),
		(SELECT count(*) FROM pulse.check_rollup('daily')) + (SELECT count(*) FROM pulse.check_rollup('weekly')) + (SELECT count(*) FROM pulse.check_rollup('by_store'))
};
$near =~ s/FULL JOIN truth AS t ON t.period IS NOT DISTINCT FROM w.period/FULL JOIN truth AS t ON coalesce(t.period, '-infinity') = coalesce(w.period, '-infinity')/;
my $fold = 'SELECT pulse_internal.fold_rollups(1000000), pulse_internal.fold_rollups(1000000);';
my @steps = (
	[ 'many rows', q{SELECT setseed(0.3);
		INSERT INTO app.sale SELECT n, CASE WHEN n % 500 > 0 THEN timestamptz '2026-03-01 00:00+00' + n * interval '2 minutes' END,
			(ARRAY['east', 'west', NULL])[1 + n % 3], nullif(floor(3000 * random()), 7), exp(random() * 5) FROM generate_series(1, 20000) AS n} ],
	[ 'values that are equal and written otherwise', q{INSERT INTO app.sale SELECT id + 20000, at, store, customer + 0.00, price FROM app.sale WHERE customer < 300} ],
	[ 'rows taken away', q{DELETE FROM app.sale WHERE customer < 1000} ],
	[ 'rows that move', q{UPDATE app.sale SET at = at + interval '1 day', price = price * 2 WHERE store = 'east'} ],
	[ 'late rows', q{INSERT INTO app.sale SELECT 100000 + n, timestamptz '2026-03-03 00:00+00' - n * interval '7 minutes', 'late', n % 50, n FROM generate_series(1, 1000) AS n} ],
	[ 'a cell with nothing but nulls', q{INSERT INTO app.sale VALUES (200001, '2026-06-01', 'empty', NULL, NULL), (200002, '2026-06-01', 'empty', NULL, 5)} ]);
for my $step (@steps)
{
	$node->safe_psql('first', "SET ROLE regress_sketch; $step->[1]");
	is($node->safe_psql('first', $near), '0|0|0|0', "$step->[0], read before they are folded");
	$node->safe_psql('first', $fold);
	is($node->safe_psql('first', $near), '0|0|0|0', "$step->[0], folded");
}
is($node->safe_psql('first', q{SELECT approx_distinct_customer, approx_quantile_price_0_5 FROM app.daily WHERE store = 'empty'}), '0|5', 'nulls are no values');

# the coarser rollup is folded without a look at the source
my $looked = q{
	BEGIN;
	SELECT count(pulse_internal.fold_rollup(r.rollup_id, 1000000)) FROM pulse_internal.rollup AS r WHERE r.name = 'daily';
	SELECT s.seq_scan + coalesce(s.idx_scan, 0) AS before FROM pg_stat_xact_user_tables AS s WHERE s.relid = 'app.sale'::regclass \gset
	SELECT sum(pulse_internal.fold_rollup(r.rollup_id, 1000000)) > 0 FROM pulse_internal.rollup AS r WHERE r.name IN ('weekly', 'by_store');
	SELECT :before > 0, s.seq_scan + coalesce(s.idx_scan, 0) - :before FROM pg_stat_xact_user_tables AS s WHERE s.relid = 'app.sale'::regclass;
	COMMIT;
};
$node->safe_psql('first', q{INSERT INTO app.sale SELECT 300000 + n, '2026-03-05', 'east', 5000 + n, n FROM generate_series(1, 300) AS n});
is($node->safe_psql('first', $looked), "1\nt\nt|0", 'coarser sketches are made from finer ones');
is($node->safe_psql('first', $near), '0|0|0|0', 'and are as near');
is($node->safe_psql('first', q{SELECT pulse.rebuild_rollup('daily') > 0}), 't', 'rebuilt');
is($node->safe_psql('first', $near), '0|0|0|0', 'as near again');

my $dump = PostgreSQL::Test::Utils::tempdir() . '/dump.sql';
my $reading = 'SELECT period, count, approx_distinct_customer, round(approx_quantile_price_0_9::numeric, 3) FROM app.weekly ORDER BY 1';	# as text, a digest has six digits
$node->command_ok([ 'pg_dump', '-f', $dump, '-d', $node->connstr('first') ], 'dumped');
$node->command_ok([ 'psql', '-qX', '-v', 'ON_ERROR_STOP=1', '-f', $dump, '-d', $node->connstr('second') ], 'restored');
is($node->safe_psql('second', $reading), $node->safe_psql('first', $reading), 'it says the same');
$node->safe_psql('second', "INSERT INTO app.sale VALUES (400000, '2026-03-06', 'west', 9999999, 1); $fold");
is($node->safe_psql('second', $near), '0|0|0|0', 'and goes on');
my (undef, undef, $stderr) = $node->psql('second', 'DROP EXTENSION hll');
like($stderr, qr/other objects depend on it/, 'the extension stays as long as a rollup needs it');
$node->safe_psql('second', q{SELECT pulse.drop_rollup('weekly'), pulse.drop_rollup('by_store'), pulse.drop_rollup('daily'); DROP EXTENSION hll});
done_testing();
