#!/usr/bin/perl
# ratio.pl FILE.sql [--runs 5] [--warmup 1] [--set NAME=VALUE ...] [--var NAME=VALUE ...]
#          [--only REGEX] [--skip REGEX] [--title TEXT]
#
# Measures the statements of a file as ratios within one run: all of them run
# once per round in one session, so that they see the same machine, each is
# divided by its base of the same round, and the median of the rounds counts.
# The file is plain psql, cut by lines
#   -- @setup                              once at the start, not timed
#   -- @check WHAT                         must answer t (and only that), else the run fails
#   -- @bench WHAT [vs BASE] [aim NUMBER]  timed
#   -- @before WHAT / -- @after WHAT       around each run of it, not timed
#   -- @teardown                           once at the end
# Prints a table: what, ratio (wall), cpu (ratio of the backend's CPU time,
# where /proc tells it; not of its parallel workers), aim, milliseconds.
# Ends with 1 when a check fails; a missed aim is only marked.
# psql finds its server by the usual PG* variables.
use strict;
use warnings;
use File::Temp qw(tempfile);
use Getopt::Long;

my ($runs, $warmup, $only, $skip, $title) = ($ENV{RUNS} // 5, 1, undef, undef, undef);
my (@set, @var);
GetOptions('runs=i' => \$runs, 'warmup=i' => \$warmup, 'set=s' => \@set, 'var=s' => \@var,
	'only=s' => \$only, 'skip=s' => \$skip, 'title=s' => \$title) && @ARGV == 1
	or die "usage: ratio.pl FILE.sql [--runs N] [--set k=v] [--var k=v] [--only RE] [--skip RE] [--title TEXT]\n";
my $file = $ARGV[0];

# ---- the file, cut into parts ----
my (%body, %base, %aim, @order, @checks);
my $part = \$body{'@setup'};
open my $in, '<', $file or die "$file: $!\n";
while (my $line = <$in>)
{
	if ($line =~ /^-- \@(\w+)\s*(.*?)\s*$/)
	{
		my ($mark, $rest) = ($1, $2);
		if ($mark eq 'bench')
		{
			my ($what, $vs, $goal) = $rest =~ /^(\S+)(?:\s+vs\s+(\S+))?(?:\s+aim\s+(\S+))?$/
				or die "$file: cannot read \"\@bench $rest\"\n";
			push @order, $what;
			($base{$what}, $aim{$what}) = ($vs, $goal);
			$part = \$body{$what};
		}
		elsif ($mark eq 'check')
		{
			push @checks, $rest;
			$part = \$body{"check $rest"};
		}
		elsif ($mark =~ /^(before|after)$/) { $part = \$body{"$mark $rest"}; }
		elsif ($mark =~ /^(setup|teardown)$/) { $part = \$body{"\@$mark"}; }
		else { die "$file: unknown mark \@$mark\n"; }
		next;
	}
	$$part .= $line;
}
close $in;
my %wanted = map { $_ => 1 } grep { (!$only || /$only/) && (!$skip || !/$skip/) } @order;
$wanted{$base{$_}} = 1 for grep { $wanted{$_} && $base{$_} } @order;
@order = grep { $wanted{$_} } @order;

# ---- one script, one session ----
my $cpu = "\\! echo \@cpu \$(cat /proc/\$BACKEND/schedstat 2>/dev/null)\n";
my $script = "\\set ON_ERROR_STOP 1\n\\pset pager off\n\\pset tuples_only on\n\\pset format unaligned\n";
for (@set) { my ($name, $value) = split /=/, $_, 2; $script .= "SET $name = '$value';\n"; }
$script .= "SELECT pg_backend_pid() AS backend \\gset\n\\setenv BACKEND :backend\n\\o /dev/null\n";
$script .= ($body{'@setup'} // '') . "\\o\n";
$script .= "\\echo \@check $_\n" . ($body{"check $_"} // '') . "\\echo \@done\n" for @checks;
$script .= "\\o /dev/null\n";
for my $round (0 .. $warmup + $runs - 1)
{
	for my $what (@order)
	{
		$script .= ($body{"before $what"} // '') . "\\echo \@run $round $what\n$cpu\\timing on\n"
			. $body{$what} . "\\timing off\n$cpu\\echo \@done\n" . ($body{"after $what"} // '');
	}
}
$script .= $body{'@teardown'} // '';
my ($handle, $name) = tempfile(SUFFIX => '.sql', UNLINK => 1);
print $handle $script;
close $handle;

my (%wall, %used, %answer, $key, $check);
open my $psql, '-|', 'psql', '-X', '-q', (map { ('-v', $_) } @var), '-f', $name or die "psql: $!\n";
while (my $line = <$psql>)
{
	chomp $line;
	if ($line =~ /^\@run (\d+) (.*)/) { $key = $1 < $warmup ? undef : "$1 $2"; }
	elsif ($line =~ /^\@check (.*)/) { $check = $1; $answer{$check} = ''; }
	elsif ($line =~ /^\@done/) { undef $key; undef $check; }
	elsif (defined $check) { $answer{$check} .= "$line\n"; }
	elsif (defined $key && $line =~ /^Time: ([\d.]+) ms/) { $wall{$key} += $1; }
	elsif (defined $key && $line =~ /^\@cpu (\d+)/) { push @{ $used{$key} }, $1 / 1e6; }
}
close $psql or die "$file: psql failed\n";

# ---- the table ----
sub median
{
	my @sorted = sort { $a <=> $b } @_;
	return @sorted % 2 ? $sorted[$#sorted / 2] : ($sorted[@sorted / 2 - 1] + $sorted[@sorted / 2]) / 2;
}
sub cpu_of { my $pair = $used{ $_[0] }; return $pair && @$pair == 2 ? $pair->[1] - $pair->[0] : undef; }

my @rounds = ($warmup .. $warmup + $runs - 1);
my $failed = 0;
print "\n$title\n" if $title;
printf "%-44s %8s %8s %6s %10s\n", 'what', 'ratio', 'cpu', 'aim', 'ms';
for my $what (@order)
{
	my @times = map { $wall{"$_ $what"} } @rounds;
	my ($ratio, $cpu_ratio, $note) = ('', '', '');
	if (my $vs = $base{$what})
	{
		my $value = median(map { $wall{"$_ $what"} / $wall{"$_ $vs"} } @rounds);
		my @cpus = map { cpu_of("$_ $what") && cpu_of("$_ $vs") ? cpu_of("$_ $what") / cpu_of("$_ $vs") : () } @rounds;
		$ratio = sprintf '%.2f', $value;
		$cpu_ratio = sprintf '%.2f', median(@cpus) if @cpus == @rounds;
		$note = '  missed' if defined $aim{$what} && $ratio > $aim{$what};
	}
	printf "%-44s %8s %8s %6s %10.1f%s\n", $what, $ratio, $cpu_ratio, $aim{$what} // '', median(@times), $note;
}
for (@checks)
{
	my $good = $answer{$_} eq "t\n";
	$failed = 1 unless $good;
	printf "answer checked: %s: %s", $_, $good ? "right\n" : "WRONG, got $answer{$_}\n";
}
exit $failed;
