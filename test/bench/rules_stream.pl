#!/usr/bin/perl
# rules_stream.pl N RULES A_FILE B_FILE: the public stream of the rule benches, as COPY text.
#
# 64-bit s = s * 6364136223846793005 + 1442695040888963407 from 42, a draw is s >>> 33; an
# event takes four: key, kind A or B, amount, number of a rule. Columns: event_id, at,
# recorded, customer, amount, number; N events evenly over 90 days from 2026-01-01 UTC.
use strict;
use warnings;
use integer;

my ($count, $rules, $a_file, $b_file) = @ARGV;
my $state = 42;
my $start = 1767225600;    # 2026-01-01 00:00 UTC

sub draw
{
	$state = $state * 6364136223846793005 + 1442695040888963407;
	return ($state >> 33) & 0x7fffffff;
}

my @two = gmtime_table();

sub gmtime_table
{
	return map { my @t = gmtime($start + $_ * 86400); sprintf('%04d-%02d-%02d', $t[5] + 1900, $t[4] + 1, $t[3]) } 0 .. 91;
}

open(my $a, '>', $a_file) or die "$a_file: $!";
open(my $b, '>', $b_file) or die "$b_file: $!";
for my $i (0 .. $count - 1)
{
	my ($r1, $r2, $r3, $r4) = (draw(), draw(), draw(), draw());
	my $ms = $i * 7776000000 / $count + 1;
	my $second = $ms / 1000;
	my $at = sprintf('%s %02d:%02d:%02d.%03d+00', $two[$second / 86400], $second / 3600 % 24, $second / 60 % 60, $second % 60, $ms % 1000);
	my $cents = $r3 % 100000;
	printf { $r2 % 2 == 0 ? $a : $b } "%d\t%s\t%s\t%d\t%d.%02d\t%d\n", $i, $at, $at, $r1 % 200000,
		$cents / 100, $cents % 100, $r4 % $rules;
}
