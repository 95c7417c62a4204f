# The worked example of docs/health.md: its statements are run and each number is compared.
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('document');
$node->init(extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ]);
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION salespulse CASCADE');

open my $page, '<:raw', "$FindBin::Bin/../../docs/health.md" or die "docs/health.md: $!";
my $text = do { local $/; <$page> };
my ($example) = $text =~ /^## A worked example\n(.*?)^## /ms or die 'the page has no worked example';

# blocks of indented lines; one that does not begin with a statement is the answer to the one before
my @blocks = map { s/^    //mgr } $example =~ /^((?:    .*\n)+)/mg;
my $answers = 0;
my %answered;
while (@blocks)
{
	my $statement = shift @blocks;
	my $expected = '';
	$expected = shift @blocks if @blocks && $blocks[0] !~ /^(?:SELECT|CREATE|INSERT|UPDATE|DELETE|SET)\b/;
	my $file = PostgreSQL::Test::Utils::tempdir() . '/block.sql';
	open my $out, '>:raw', $file or die $!;
	print $out $statement;
	close $out;
	my ($got, $problem) = ('', '');
	my $result = IPC::Run::run([ 'psql', '-XAtq', '-F', ' | ', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('postgres'), '-f', $file ], '>', \$got, '2>', \$problem);
	ok($result, 'runs: ' . substr($statement =~ s/\s+/ /gr, 0, 60)) or diag $problem;
	next if $expected eq '';
	$got =~ s/^\s*\n//mg;
	$got =~ s/ +$//mg;
	$expected =~ s/ +$//mg;
	is($got, $expected, 'and says what the page says');
	$answered{ abs($_) } = 1 for $got =~ /(?<![\d:-])-?\d+(?:\.\d+)?(?![\d:-])/g;
	$answers++;
}
# what the text between says with decimals is one of the answers
my $prose = $example =~ s/^    .*\n//mgr;
my @decimals = $prose =~ /\b\d+\.\d+\b/g;
cmp_ok(scalar @decimals, '>=', 6, 'the text has numbers');
ok($answered{ abs($_) }, "$_ is an answer") for @decimals;
# and where green ends that is held, it is passed as many days after the clock as the text says
my ($lower, $day) = $prose =~ /(\d+), where green ends that is held, is passed on the (\d+)th day/ or die 'no day on which green ends';
is($node->safe_psql('postgres', q{SELECT min(b.lower - b.hysteresis)::int FROM pulse_internal.model_band AS b JOIN pulse_internal.model AS m USING (model_id) WHERE m.name = 'example' AND b.band = 'green'}),
	$lower, 'green is held down to there');
is($node->safe_psql('postgres', q{SELECT extract(day FROM h.at - timestamptz '2026-03-02 00:00+08')::int FROM pulse.health_history AS h
	WHERE h.model = 'example' AND h.customer = '1' AND h.cause = 'time'}), $day, 'and passed on that day');
cmp_ok($answers, '>=', 5, 'the page has answers to compare with');
done_testing();
