#!/usr/bin/perl
# robots.pl FOLDER [PORT]: a stand-in for the robots of three group chats and two
# SMS services, on loopback, with the refusals they document. Writes FOLDER/robots
# (its port) when it listens, and FOLDER/robots.log: one accepted message a line,
# "service moment request" (the moment in seconds). One process, one thread.
#
#   POST /robot/send?access_token=T          DingTalk; T that begins with s is signed with "SEC" + T
#   POST /cgi-bin/webhook/send?key=K         WeCom
#   POST /open-apis/bot/v2/hook/H            Feishu; H that begins with s is signed with "demo"
#   GET  /aliyun/?...  POST /tencent/        the SMS services; secret "hush", all templates but SMS_BAD
#   POST /ctl {"fail": n, "status": 503, "hang": n, "drop": n, "page": n}
#        the next n requests fail, are never answered, are accepted and then cut, get a page of a proxy
use strict;
use warnings;
use Digest::SHA qw(hmac_sha1_base64 hmac_sha256 hmac_sha256_base64 hmac_sha256_hex sha256_hex);
use IO::Select;
use IO::Socket::INET;
use JSON::PP;
use Time::HiRes qw(time);

my ($folder, $port) = @ARGV;
my %control = (fail => 0, status => 503, hang => 0, drop => 0, page => 0);
my (%sent, %blocked, %seen);
my $accepted_count = 0;
$SIG{PIPE} = 'IGNORE';

open my $log, '>>', "$folder/robots.log" or die "$folder: $!";
$log->autoflush(1);

# Base64 as all but Perl writes it.
sub padded { my ($text) = @_; $text .= '=' while length($text) % 4; return $text }

# At most count in any seconds; above it blocked for block seconds.
sub allowed
{
	my ($who, $count, $seconds, $block) = @_;
	my $now = time;
	return 0 if ($blocked{$who} // 0) > $now;
	my @recent = grep { $_ > $now - $seconds } @{ $sent{"$who $seconds"} // [] };
	$sent{"$who $seconds"} = \@recent;
	if (@recent >= $count)
	{
		$blocked{$who} = $now + $block if $block;
		return 0;
	}
	push @recent, $now;
	return 1;
}

sub accepted
{
	my ($service, $request, $reply) = @_;
	printf $log "%s %.3f %s\n", $service, time, $request;
	$accepted_count++;
	return { cut => 1 } if $control{drop}-- > 0;
	return { json => $reply };
}

sub dingtalk
{
	my ($query, $message, $text) = @_;
	my $token = $query->{access_token} // '';
	my $answer = sub { return { json => { errcode => $_[0], errmsg => $_[1] } } };
	return $answer->(40035, 'no json') unless $message && $message->{msgtype};
	return $answer->(400101, 'access_token does not exist') if $token eq '' || $token eq 'bad';
	if ($token =~ /^s/)
	{
		my $stamp = $query->{timestamp} // 0;
		return $answer->(310000, 'invalid timestamp') if abs(time - $stamp / 1000) > 3600;
		return $answer->(310000, 'sign not match')
		  if ($query->{sign} // '') ne padded(hmac_sha256_base64("$stamp\nSEC$token", "SEC$token"));
	}
	return $answer->(400105, 'unsupported type') unless $message->{ $message->{msgtype} };
	my $uuid = $message->{msgUuid};
	return $answer->(0, 'ok') if $uuid && $seen{"$token $uuid"};
	return $answer->(410100, 'too fast') unless allowed("dingtalk $token", 20, 60, 600);
	$seen{"$token $uuid"} = 1 if $uuid;
	return accepted('dingtalk', $text, { errcode => 0, errmsg => 'ok' });
}

sub wecom
{
	my ($query, $message, $text) = @_;
	my $key = $query->{key} // '';
	my $answer = sub { return { json => { errcode => $_[0], errmsg => $_[1] } } };
	return $answer->(93000, 'invalid webhook url') if $key eq '' || $key eq 'bad';
	return $answer->(40008, 'invalid message type') unless $message && $message->{msgtype};
	my $type = $message->{msgtype};
	my $bytes = $message->{$type}{content} // '';
	utf8::encode($bytes);
	return $answer->(40058, "$type.content exceed max length")
	  if length($bytes) > ($type eq 'text' ? 2048 : 4096);
	return $answer->(45009, 'api freq out of limit') unless allowed("wecom $key", 20, 60, 0);
	return accepted('wecom', $text, { errcode => 0, errmsg => 'ok' });
}

sub feishu
{
	my ($hook, $message, $text) = @_;
	my $answer = sub { return { json => { code => $_[0], msg => $_[1] } } };
	return $answer->(9499, 'Bad Request') unless $message && $message->{msg_type};
	return $answer->(9499, 'too large') if length($text) > 20480;
	if ($hook =~ /^s/)
	{
		my $stamp = $message->{timestamp} // 0;
		return $answer->(19021, 'sign match fail')
		  if abs(time - $stamp) > 3600 || $message->{sign} ne padded(hmac_sha256_base64('', "$stamp\ndemo"));
	}
	return $answer->(11232, 'frequency limited')
	  unless allowed("feishu $hook", 5, 1, 0) && allowed("feishu $hook", 100, 60, 0);
	return accepted('feishu', $text, { code => 0, msg => 'success' });
}

sub encoded { my ($text) = @_; $text =~ s/([^A-Za-z0-9\-._~])/sprintf '%%%02X', ord $1/ge; return $text }

sub aliyun
{
	my ($query) = @_;
	my %rest = %$query;
	my $signature = delete $rest{Signature} // '';
	my $sorted = join '&', map { encoded($_) . '=' . encoded($rest{$_}) } sort keys %rest;
	my $answer = sub { return { status => $_[1] // 200, json => { Code => $_[0], Message => $_[0] } } };
	return $answer->('SignatureDoesNotMatch', 400)
	  if $signature ne padded(hmac_sha1_base64('GET&%2F&' . encoded($sorted), 'hush&'));
	return $answer->('isv.SMS_TEMPLATE_ILLEGAL') if $rest{TemplateCode} eq 'SMS_BAD';
	return $answer->('isv.MOBILE_NUMBER_ILLEGAL') if $rest{PhoneNumbers} !~ /^1\d{10}$/;
	return accepted('aliyun', encode_json(\%rest), { Code => 'OK', BizId => "biz-$accepted_count" });
}

sub tencent
{
	my ($message, $text, $head) = @_;
	my %header = map { /^([^:]+): *(.*?)\r?$/ ? (lc $1 => $2) : () } split /\n/, $head;
	my ($date) = $header{authorization} =~ m{Credential=[^/]+/([\d-]+)/sms/tc3_request};
	my $canonical = "POST\n/\n\ncontent-type:$header{'content-type'}\nhost:$header{host}\n\ncontent-type;host\n" . sha256_hex($text);
	my $to_sign = "TC3-HMAC-SHA256\n$header{'x-tc-timestamp'}\n$date/sms/tc3_request\n" . sha256_hex($canonical);
	my $key = hmac_sha256('tc3_request', hmac_sha256('sms', hmac_sha256($date, 'TC3hush')));
	return { json => { Response => { Error => { Code => 'AuthFailure.SignatureFailure', Message => 'signature' } } } }
	  if index($header{authorization}, 'Signature=' . hmac_sha256_hex($to_sign, $key)) < 0;
	return accepted('tencent', $text,
		{ Response => { SendStatusSet => [ { Code => 'Ok', SerialNo => "serial-$accepted_count" } ] } });
}

sub respond
{
	my ($head, $text) = @_;
	my ($path, $query_text) = $head =~ m{^\S+ ([^? ]*)\??(\S*)};
	my %query = map { my ($name, $value) = split /=/, $_, 2; $value =~ s/%(..)/chr hex $1/ge; ($name => $value) }
	  split /&/, $query_text;
	my $message = eval { decode_json($text) };
	if ($path eq '/ctl')
	{
		%control = (%control, %$message);
		return { json => \%control };
	}
	return { hang => 1 } if $control{hang}-- > 0;
	return { status => $control{status}, text => 'temporarily unavailable' } if $control{fail}-- > 0;
	return { text => '<html>Please log in</html>' } if $control{page}-- > 0;
	return dingtalk(\%query, $message, $text) if $path eq '/robot/send';
	return wecom(\%query, $message, $text)    if $path eq '/cgi-bin/webhook/send';
	return feishu($1, $message, $text)        if $path =~ m{^/open-apis/bot/v2/hook/(.+)$};
	return aliyun(\%query)                    if $path eq '/aliyun/';
	return tencent($message, $text, $head)    if $path eq '/';
	return { status => 404, text => 'no such thing' };
}

# Answers what is complete in a buffer; false: the connection is to be closed.
sub serve
{
	my ($socket, $buffer) = @_;
	while ($$buffer =~ /^(.*?\r\n)\r\n/s)
	{
		my $head = $1;
		my ($length) = $head =~ /^Content-Length: *(\d+)/mi;
		$length //= 0;
		return 1 if length($$buffer) < length($head) + 2 + $length;
		my $text = substr $$buffer, length($head) + 2, $length;
		substr($$buffer, 0, length($head) + 2 + $length) = '';
		my $answer = respond($head, $text);
		return 1 if $answer->{hang};
		return 0 if $answer->{cut};
		my $out = $answer->{json} ? encode_json($answer->{json}) : $answer->{text};
		my $status = $answer->{status} // 200;
		print $socket "HTTP/1.1 $status x\r\nContent-Length: " . length($out) . "\r\n\r\n$out";
	}
	return 1;
}

my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port // 0, Listen => 64, ReuseAddr => 1)
  or die "cannot listen: $!\n";
open my $ready, '>', "$folder/.robots" or die "$folder: $!";
print $ready $listener->sockport;
close $ready;
rename "$folder/.robots", "$folder/robots" or die "$folder: $!";

my $select = IO::Select->new($listener);
my %buffers;
while (1)
{
	for my $socket ($select->can_read)
	{
		if ($socket == $listener)
		{
			my $new = $listener->accept or next;
			$new->autoflush(1);
			$select->add($new);
			$buffers{$new} = '';
			next;
		}
		my $got = sysread $socket, $buffers{$socket}, 65536, length $buffers{$socket};
		next if $got && serve($socket, \$buffers{$socket});
		$select->remove($socket);
		delete $buffers{$socket};
		close $socket;
	}
}
