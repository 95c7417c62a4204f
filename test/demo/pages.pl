#!/usr/bin/perl
# pages.pl FOLDER DATABASE: writes the demonstration's pages, and pictures of
# them where Chromium is installed.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../harness";
use Browser;

my ($folder, $database) = @ARGV;
my %day = (morning => '2013-10-01', receivables => '2013-06-30', health => '2013-09-30', rules => '2013-09-30');
my @files;
for my $page (sort keys %day)
{
	for my $lang (qw(en zh))
	{
		my $file = "$folder/$page.$lang.html";
		open(my $sql, '-|', 'psql', '-XAt', '-d', $database, '-c', "SELECT pulse.report_html('$page', as_of => '$day{$page}', lang => '$lang')") or die;
		local $/;
		my $html = <$sql>;
		close $sql or die "$page in $lang could not be made\n";
		open(my $out, '>', $file) or die "$file: $!";
		print $out $html;
		close $out;
		push @files, [ $file, "$folder/$page.$lang" ];
	}
}
my $browser = Browser->start;
if (!$browser)
{
	print "   (no chromium: no pictures)\n";
	exit;
}
for my $file (@files)
{
	$browser->look($file->[0], width => 390, height => 844, mobile => 1, shot => "$file->[1].phone.png");
	$browser->look($file->[0], width => 1280, height => 900, shot => "$file->[1].desktop.png");
	$browser->look($file->[0], width => 1280, height => 900, scheme => 'dark', shot => "$file->[1].dark.png");
	$browser->look($file->[0], width => 794, height => 1123, media => 'print', shot => "$file->[1].print.png");
}
