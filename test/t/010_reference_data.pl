# Currencies and the Chinese calendar against independent sources, where the
# folder that PULSE_SHARED names is there.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $shared = $ENV{PULSE_SHARED} // '';
my $currencies = "$shared/data/iso4217/iso4217_compare.csv";
my $days = "$shared/data/calendar_cn/cn_days_2023_2026.csv";

plan skip_all => 'the reference data is not there (PULSE_SHARED)'
  unless -r $currencies && -r $days;

my $node = PostgreSQL::Test::Cluster->new('reference');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION salespulse CASCADE');

# ---- currencies ----

$node->safe_psql('postgres', qq{
	CREATE TABLE iso (code text, number text, name text, minor text, in_debian text, debian_number text,
					  java_minor text, java_number text, cldr text, cldr_cash text, cldr_rounding text);
	\\copy iso FROM '$currencies' (FORMAT csv, HEADER)
	-- the ISO number stands in the upper 10 bits of the binary form
	CREATE FUNCTION ours(code text, OUT number int, OUT minor int) LANGUAGE plpgsql AS \$\$
	DECLARE
		zero pulse.amount;
		word bytea;
	BEGIN
		zero := '0 ' || code;
		word := pulse_internal.amount_send(zero);
		number := get_byte(word, 0) * 4 + get_byte(word, 1) / 64;
		minor := scale(pulse.to_numeric(zero));
	EXCEPTION WHEN SQLSTATE 'SP102' THEN
		NULL;
	END \$\$;
});

# codes for which ISO 4217 has no minor unit are not money to account in
my $no_minor = q{('XAG','XAU','XBA','XBB','XBC','XBD','XDR','XPD','XPT','XSU','XTS','XUA','XXX')};
is($node->safe_psql('postgres', qq{
	SELECT code FROM iso WHERE number IS NOT NULL AND code NOT IN $no_minor AND (ours(code)).number IS NULL ORDER BY 1}),
	'', 'every current currency is known');
is($node->safe_psql('postgres', qq{
	SELECT code FROM iso WHERE code IN $no_minor AND (ours(code)).number IS NOT NULL}),
	'', 'what has no minor units is refused');
is($node->safe_psql('postgres', q{
	SELECT code, (ours(code)).*, number, minor FROM iso
	WHERE number IS NOT NULL AND ((ours(code)).number <> number::int OR (ours(code)).minor <> minor::int) ORDER BY 1}),
	'', 'current currencies have their number and minor units');
is($node->safe_psql('postgres', q{
	SELECT code, (ours(code)).*, java_number, java_minor FROM iso
	WHERE number IS NULL AND java_minor::int >= 0 AND ((ours(code)).number <> java_number::int OR (ours(code)).minor <> java_minor::int) ORDER BY 1}),
	'', 'withdrawn currencies that are known have theirs');
cmp_ok($node->safe_psql('postgres', 'SELECT count(*) FROM iso WHERE number IS NULL AND (ours(code)).number IS NOT NULL'),
	'>', 30, 'withdrawn currencies are known too');
is($node->safe_psql('postgres', q{
	SELECT string_agg(code, ' ' ORDER BY code) FROM iso WHERE number IS NOT NULL AND (ours(code)).minor = 0}),
	'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF', 'currencies without minor units');
is($node->safe_psql('postgres', q{
	SELECT string_agg(code, ' ' ORDER BY code) FROM iso WHERE (ours(code)).minor > 2}),
	'BHD CLF IQD JOD KWD LYD OMR TND UYW', 'currencies with three or four');

# ---- days ----

$node->safe_psql('postgres', qq{
	CREATE TABLE cn (day date, weekday text, works boolean, kind text, name_cn text, name_en text, source1 text, source2 text);
	\\copy cn FROM '$days' (FORMAT csv, HEADER)
});
is($node->safe_psql('postgres', q{
	SELECT day FROM cn WHERE day >= '2025-01-01' AND pulse.is_working_day(day, 'china') <> works ORDER BY 1}),
	'', 'every day of 2025 and 2026');
is($node->safe_psql('postgres', q{
	SELECT extract(year FROM day), count(*) FILTER (WHERE pulse.is_working_day(day, 'china')) FROM cn
	GROUP BY 1 ORDER BY 1}),
	"2023|249\n2024|251\n2025|248\n2026|248", 'working days of the years');

# loading years from the file is one INSERT, and the arithmetic holds for all pairs of days
$node->safe_psql('postgres', q{
	INSERT INTO pulse.calendar_years (calendar, year, holidays, makeup_days)
	SELECT 'china', extract(year FROM day), range_agg(daterange(day, day, '[]')) FILTER (WHERE kind = 'holiday'),
		   coalesce(array_agg(day) FILTER (WHERE kind = 'makeup_workday'), '{}')
	FROM cn WHERE day < '2025-01-01' GROUP BY 2});
is($node->safe_psql('postgres', q{
	SELECT pulse.business_days_between('2023-01-01', '2024-01-01', 'china'), pulse.business_days_between('2024-01-01', '2025-01-01', 'china')}),
	'249|251', 'working days of the years loaded');
is($node->safe_psql('postgres', q{
	WITH ranked AS (SELECT day, works, count(*) FILTER (WHERE works) OVER (ORDER BY day) - works::int AS before FROM cn)
	SELECT count(*), count(*) FILTER (WHERE pulse.business_days_between(a.day, b.day, 'china') <> b.before - a.before)
	FROM ranked AS a, ranked AS b WHERE extract(day FROM a.day) IN (1, 15, 28)}),
	144 * 1461 . '|0', 'days between, for pairs over four years');
is($node->safe_psql('postgres', q{
	WITH working AS (SELECT day, row_number() OVER (ORDER BY day) AS rank FROM cn WHERE works)
	SELECT count(*), count(*) FILTER (WHERE pulse.add_business_days(a.day, (b.rank - a.rank)::int, 'china') <> b.day)
	FROM working AS a, working AS b WHERE extract(day FROM a.day) IN (2, 16)}) =~ /^\d{5,}\|0$/ ? 1 : 0,
	1, 'adding days, for pairs over four years');

$node->stop;
done_testing();
