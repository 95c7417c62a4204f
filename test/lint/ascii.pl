# ascii.pl encode|decode CODES: pg_bsd_indent knows no bytes beyond ASCII, so
# each other character stands there as ` and three hex digits, kept in CODES.
use strict;
use warnings;
use open qw(:std :utf8);

my ($way, $codes) = @ARGV;
@ARGV = ();
my (%code, @known);
if ($way eq 'decode')
{
	open(my $file, '<:utf8', $codes) or die "$codes: $!";
	chomp(@known = <$file>);
}
while (my $line = <STDIN>)
{
	if ($way eq 'decode')
	{
		$line =~ s/`([0-9a-f]{3})/$known[hex $1]/g;
	}
	else
	{
		$line =~ s{([^\x00-\x5f\x61-\x7e])}{sprintf('`%03x', $code{$1} //= push(@known, $1) - 1)}ge;
	}
	print $line;
}
if ($way eq 'encode')
{
	open(my $file, '>:utf8', $codes) or die "$codes: $!";
	print $file "$_\n" for @known;
}
