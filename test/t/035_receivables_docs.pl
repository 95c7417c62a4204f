# What the documents show is what happens: the statements of the README's section
# on receivables and of docs/receivables.md, typed one after the other into a new
# database by somebody who has nothing but the tables of an application.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

sub slurp { open my $file, '<:encoding(UTF-8)', $_[0] or die "$_[0]: $!"; local $/; return <$file>; }

# the indented statements, a piece up to an empty line at a time
sub statements
{
	my ($text) = @_;
	my @pieces = map { s/^    //mgr } $text =~ /((?:^    .*\n)+)/mg;
	return grep { /^\s*(SELECT|INSERT|UPDATE|CREATE|CALL|DO|BEGIN)\b/ } @pieces;
}
sub run_all
{
	my ($node, $database, @pieces) = @_;
	for my $piece (@pieces)
	{
		my ($status, $out, $err) = $node->psql($database, $piece, on_error_stop => 1);
		is($status, 0, (split /\n/, $piece)[0]) or diag($err);
	}
}

my $node = PostgreSQL::Test::Cluster->new('receivables_docs');
$node->init;
$node->start;
$node->safe_psql('postgres', "CREATE DATABASE $_") for qw(readme manual);

# an application's table, and one statement
my ($section) = slurp('README.md') =~ /^### Receivables\n(.*?)^## /ms;
my @pieces = statements($section);
cmp_ok(scalar @pieces, '>=', 2, 'the README has statements');
$node->safe_psql('readme', q{
	CREATE EXTENSION salespulse CASCADE;
	CREATE SCHEMA app;
	CREATE TABLE app.invoice (id int, customer_id int, currency text, total numeric(12, 2), paid numeric(12, 2), due_date date);
	INSERT INTO app.invoice SELECT n, 17, 'CNY', total, paid, pulse.day_of(pulse.clock()) - age
	FROM (VALUES (1, 1500, 300, -10), (2, 100, 19.50, 30), (3, 310, 0, 91), (4, -20, 0, 5), (5, 40, 40, 400)) AS v (n, total, paid, age);
});
my ($shown) = $section =~ /^      (\{"customer_id": 17\}.*)$/m;
my @shown = map { s/^ +| +$//gr } split /\|/, $shown;
my @got = split /\|/, $node->safe_psql('readme', $pieces[0]);
is($#got, $#shown, 'the columns are those that it shows');
is_deeply([ @got[ 0 .. 6 ] ], [ @shown[ 0 .. 6 ] ], 'an aging report of a table there is, in one statement, and what it says');
run_all($node, 'readme', @pieces[ 1 .. $#pieces ]);

# the pack, from the first line to the last
@pieces = statements(slurp('docs/receivables.md'));
cmp_ok(scalar @pieces, '>=', 14, 'the manual has statements');
$node->safe_psql('manual', q{
	CREATE SCHEMA app;
	CREATE TABLE app.orders (id int PRIMARY KEY, customer_id int, total numeric, currency text, status text DEFAULT 'draft', hold_reason text);
	INSERT INTO app.orders VALUES (1, 1, 500, 'CNY'), (2, 1, 99999, 'CNY');
	CREATE TABLE app.invoice (customer_id int, total numeric, paid numeric, due_date date, currency text, draft boolean);
	INSERT INTO app.invoice VALUES (1, 5, 1, '2026-01-31', 'CNY', false);
});
run_all($node, 'manual', @pieces);
is($node->safe_psql('manual', q{SELECT string_agg(state, ' ' ORDER BY shipment_id) FROM sales.shipment}), 'released released released released', 'its shipments went out');
is($node->safe_psql('manual', q{SELECT count(*) FROM sales.gate_attempt WHERE outcome = 'held'}), '1', 'one after it had been held');
is($node->safe_psql('manual', q{SELECT number, amount FROM sales.invoice ORDER BY number}), "A1|CNY 100.00\nA2|USD 20.00\nA3|CNY 8000.00", 'its invoices');
is($node->safe_psql('manual', q{SELECT string_agg(coalesce(paid, amount)::text, ' ' ORDER BY allocation_id) FROM sales.allocation}), 'CNY 50.00 CNY 72.00 CNY 71.23', 'what its payments settled');
is($node->safe_psql('manual', q{SELECT mode FROM pulse.rules WHERE name = 'overdue'}), 'live', 'its ladder');

$node->stop;
done_testing();
