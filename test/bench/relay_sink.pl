#!/usr/bin/perl
# relay_sink.pl FILE [ARRIVALS]: an HTTP server on loopback that takes everything
# at once. Writes its port into FILE; with ARRIVALS, "message moment" lines there.
use strict;
use warnings;
use IO::Socket::INET;
use Time::HiRes qw(time);

my ($file, $arrivals) = @ARGV;
$SIG{CHLD} = 'IGNORE';
my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 0, Listen => 128) or die "cannot listen: $!\n";
open my $out, '>', "$file.new" or die "$file: $!";
print $out $listener->sockport;
close $out;
rename "$file.new", $file or die;
my $reply = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
while (1)
{
	my $socket = $listener->accept or next;
	my $child = fork;
	if ($child) { close $socket; next }
	my $buffer = '';
	open my $log, '>>', $arrivals if $arrivals;
	while (sysread $socket, $buffer, 65536, length $buffer)
	{
		while ($buffer =~ /^.*?Content-Length: *(\d+).*?\r\n\r\n/si && length($buffer) >= $+[0] + $1)
		{
			my $request = substr $buffer, 0, $+[0] + $1, '';
			syswrite $log, sprintf("%s %.6f\n", $request =~ /"message_id":(\d+)/, time) if $arrivals;
			syswrite $socket, $reply;
		}
	}
	exit 0;
}
