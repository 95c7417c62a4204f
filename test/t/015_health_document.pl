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
	$answers++;
}
cmp_ok($answers, '>=', 5, 'the page has answers to compare with');
done_testing();
