#!/usr/bin/perl
# receiver.pl FOLDER: an SMTP and an HTTP server on loopback that misbehave on
# request, for the tests of the relay. Writes FOLDER/ports ("smtp http") when it
# listens, and what it accepted, each in a file of its own: FOLDER/mail.*,
# FOLDER/http.* (begun.* when a request was read, before it is answered).
#
# Mail addresses, by what the part before the @ begins with:
#   refused  550 at RCPT      grey     451 at the first RCPT, then accepted
#   content  554 after DATA   cut      connection closed after the mail was read
# Whoever logs in must be desk with the password sesame.
# Paths: /ok /html /created /error /limit /gone /moved /hang /cut
#   /flaky   500 at the first request of a key, then accepted
#   /slow    answers after two seconds
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use MIME::Base64 qw(decode_base64);

my $folder = shift or die "usage: receiver.pl FOLDER\n";
my $count  = 0;
$SIG{CHLD} = 'IGNORE';
$SIG{PIPE} = 'IGNORE';

# ten minutes, or as long as the server that this is a child of
sub hang
{
	my $parent = getppid;
	for (1 .. 600)
	{
		sleep 1;
		return if getppid != $parent;
	}
	return;
}

sub listener
{
	return IO::Socket::INET->new(
		LocalAddr => '127.0.0.1',
		LocalPort => 0,
		Listen    => 64) // die "cannot listen: $!\n";
}

# A file appears whole: written under another name, then renamed.
sub store
{
	my ($kind, $text) = @_;
	my $name = sprintf('%d.%d', $$, ++$count);
	open my $file, '>:raw', "$folder/.$name" or die "$folder: $!";
	print $file $text;
	close $file;
	rename "$folder/.$name", "$folder/$kind.$name" or die "$folder: $!";
	return;
}

# True for the first that asks about something.
sub first_time
{
	my ($what) = @_;
	$what =~ s/[^A-Za-z0-9@.-]/_/g;
	return mkdir "$folder/seen.$what";
}

sub answer_rcpt
{
	my ($address) = @_;
	return '550 5.1.1 no such user here' if $address =~ /^refused/;
	return '451 4.7.1 greylisted, come back' if $address =~ /^grey/ && first_time($address);
	return '250 2.1.5 fine';
}

sub read_mail
{
	my ($socket) = @_;
	my $mail = '';
	while (defined(my $line = <$socket>))
	{
		return $mail if $line eq ".\r\n";
		$line =~ s/^\.//;
		$mail .= $line;
	}
	exit 0;
}

sub serve_smtp
{
	my ($socket) = @_;
	my (@recipients);
	print $socket "220 receiver\r\n";
	while (defined(my $line = <$socket>))
	{
		my $reply = '250 2.0.0 fine';
		if ($line =~ /^EHLO/i) { $reply = "250-receiver\r\n250-AUTH PLAIN\r\n250 8BITMIME" }
		elsif ($line =~ /^AUTH PLAIN *(\S*)/i)
		{
			my $given = $1;
			if ($given eq '')
			{
				print $socket "334 \r\n";
				$given = <$socket> // '';
			}
			$reply = decode_base64($given) eq "\0desk\0sesame" ? '235 2.7.0 welcome' : '535 5.7.8 wrong password';
		}
		elsif ($line =~ /^MAIL FROM:/i) { @recipients = () }
		elsif ($line =~ /^RCPT TO:<([^>]*)>/i)
		{
			my $address = $1;
			$reply = answer_rcpt($address);
			push @recipients, $address if $reply =~ /^250/;
		}
		elsif ($line =~ /^DATA/i)
		{
			print $socket "354 go on\r\n";
			my $mail = read_mail($socket);
			exit 0 if grep { /^cut/ } @recipients;
			if   (grep { /^content/ } @recipients) { $reply = '554 5.7.1 not wanted' }
			else { store('mail', "Rcpt: @recipients\n$mail"); $reply = '250 2.0.0 queued as Q1' }
		}
		elsif ($line =~ /^QUIT/i) { print $socket "221 bye\r\n"; exit 0 }
		print $socket "$reply\r\n";
	}
	return;
}

sub read_request
{
	my ($socket) = @_;
	my $head = '';
	my $body = '';
	while (defined(my $line = <$socket>))
	{
		last if $line eq "\r\n";
		$head .= $line;
	}
	my ($length) = $head =~ /^Content-Length: *(\d+)/mi;
	read($socket, $body, $length // 0);
	return ($head, $body);
}

sub reply_http
{
	my ($socket, $status, $body, @headers) = @_;
	print $socket join("\r\n", "HTTP/1.1 $status", 'Content-Length: ' . length($body), @headers, '', $body);
	return;
}

my %plain_replies = (
	'/ok'      => ['200 OK', '{"id": "provider-1"}'],
	'/html'    => ['200 OK', '<html>welcome to the hotel</html>'],
	'/created' => ['201 Created', ''],
	'/slow'    => ['200 OK', '{}'],
	'/flaky'   => ['200 OK', '{}'],
	'/error'   => ['500 Internal Server Error', "broken for 13812345678\nreally"],
	'/limit'   => ['429 Too Many Requests', 'slow down', 'Retry-After: 120'],
	'/gone'    => ['404 Not Found', 'no such thing'],
	'/moved'   => ['302 Found', '', 'Location: /ok']);

sub serve_http
{
	my ($socket) = @_;
	while (1)
	{
		my ($head, $body) = read_request($socket);
		exit 0 if $head eq '';
		my ($path) = $head =~ m{^\S+ (\S+)};
		my ($key) = $head =~ /^Idempotency-Key: *(\S+)/mi;
		store('begun', "$head\n$body");
		hang()    if $path eq '/hang';
		exit 0    if $path eq '/cut';
		sleep 2   if $path eq '/slow';
		my ($status, $text, @headers) = @{ $plain_replies{$path} // ['404 Not Found', ''] };
		$status = '500 Internal Server Error' if $path eq '/flaky' && first_time("flaky.$key");
		store('http', "$head\n$body") if $status =~ /^2/;
		reply_http($socket, $status, $text, @headers);
	}
	return;
}

my $smtp = listener();
my $http = listener();
open my $ports, '>', "$folder/.ports" or die "$folder: $!";
print $ports $smtp->sockport . ' ' . $http->sockport . "\n";
close $ports;
rename "$folder/.ports", "$folder/ports" or die "$folder: $!";

my $select = IO::Select->new($smtp, $http);
while (1)
{
	for my $ready ($select->can_read)
	{
		my $socket = $ready->accept or next;
		my $child = fork;
		if (defined $child && $child == 0)
		{
			local $| = 1;
			$socket->autoflush(1);
			$ready == $smtp ? serve_smtp($socket) : serve_http($socket);
			exit 0;
		}
		close $socket;
	}
}
