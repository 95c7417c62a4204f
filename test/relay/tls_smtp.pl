#!/usr/bin/perl
# tls_smtp.pl FOLDER: mail servers on loopback with good and bad certificates.
# Writes FOLDER/ca.pem, then FOLDER/tls: "name port" pairs when it listens, and
# what it accepted into FOLDER/accepted: one line "name recipient" each.
#   good      smtps, issued by the CA for 127.0.0.1
#   starttls  smtp with STARTTLS, the same certificate
#   late      starttls, but its certificate has expired
#   expired   smtps, expired          other    smtps, for another name
#   stranger  smtps, issued by nobody the client knows
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use IO::Socket::SSL;
use IO::Socket::SSL::Utils;

my $folder = shift or die "usage: tls_smtp.pl FOLDER\n";
$SIG{CHLD} = 'IGNORE';
$SIG{PIPE} = 'IGNORE';

my @names = ([ IP => '127.0.0.1' ]);
my ($ca, $ca_key) = CERT_create(CA => 1, subject => { commonName => 'test CA' });
my %issued = (issuer => [ $ca, $ca_key ], subjectAltNames => \@names, subject => { commonName => '127.0.0.1' });
my %certificates = (
	good     => [ CERT_create(%issued) ],
	expired  => [ CERT_create(%issued, not_before => time - 20 * 86400, not_after => time - 10 * 86400) ],
	other    => [ CERT_create(%issued, subjectAltNames => [ [ DNS => 'other.example' ] ], subject => { commonName => 'other.example' }) ],
	stranger => [ CERT_create(subjectAltNames => \@names, subject => { commonName => '127.0.0.1' }) ]);
PEM_cert2file($ca, "$folder/ca.pem");

sub start_tls
{
	my ($socket, $certificate) = @_;
	my ($cert, $key) = @{ $certificates{$certificate} };
	return IO::Socket::SSL->start_SSL($socket, SSL_server => 1, SSL_cert => $cert, SSL_key => $key);
}

sub serve
{
	my ($name, $certificate, $whole, $socket) = @_;
	my $secure = $whole;
	my $recipient;
	$socket->autoflush(1);
	if ($whole) { $socket = start_tls($socket, $certificate) or exit 0 }
	print $socket "220 tls\r\n";
	while (defined(my $line = <$socket>))
	{
		my $reply = '250 2.0.0 fine';
		if ($line =~ /^EHLO/i) { $reply = $secure ? '250 tls' : "250-tls\r\n250 STARTTLS" }
		elsif ($line =~ /^STARTTLS/i)
		{
			print $socket "220 go on\r\n";
			$socket = start_tls($socket, $certificate) or exit 0;
			$secure = 1;
			next;
		}
		elsif ($line =~ /^RCPT TO:<([^>]*)>/i) { $recipient = $1 }
		elsif ($line =~ /^DATA/i)
		{
			print $socket "354 go on\r\n";
			while (defined(my $text = <$socket>)) { last if $text eq ".\r\n" }
			open my $file, '>>', "$folder/accepted" or die;
			print $file "$name $recipient " . ($secure ? 'secure' : 'clear') . "\n";
			close $file;
		}
		elsif ($line =~ /^QUIT/i) { print $socket "221 bye\r\n"; exit 0 }
		print $socket "$reply\r\n";
	}
	exit 0;
}

my %servers = (
	good  => [ 'good', 1 ], starttls => [ 'good', 0 ], late => [ 'expired', 0 ],
	expired => [ 'expired', 1 ], other => [ 'other', 1 ], stranger => [ 'stranger', 1 ]);
my (%listeners, $ready);
for my $name (sort keys %servers)
{
	my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 0, Listen => 16) or die "cannot listen: $!\n";
	$listeners{$listener} = [ $name, @{ $servers{$name} }, $listener ];
	$ready .= "$name " . $listener->sockport . "\n";
}
open my $file, '>', "$folder/.tls" or die;
print $file $ready;
close $file;
rename "$folder/.tls", "$folder/tls" or die;
my $select = IO::Select->new(map { $_->[3] } values %listeners);
while (1)
{
	for my $listener ($select->can_read)
	{
		my ($name, $certificate, $whole) = @{ $listeners{$listener} };
		my $socket = $listener->accept or next;
		my $child = fork;
		serve($name, $certificate, $whole, $socket) if defined $child && $child == 0;
		close $socket;
	}
}
