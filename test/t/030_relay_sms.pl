# Text messages through a real Kannel with its fake SMSC, and the receipts that
# come back; receipts in any order, from anybody.
use strict;
use warnings;
use Digest::SHA qw(hmac_sha256_hex);
use File::Basename qw(dirname);
use IO::Socket::INET;
use IPC::Run qw(start);
use JSON::PP;
use lib dirname(__FILE__) . '/../relay';
use PostgreSQL::Test::Utils;
use Relay;
use Test::More;

my $node = prepare('sms');
my $secret = '0123456789abcdef';
my $port = PostgreSQL::Test::Cluster::get_free_port();
my $receipts = { listen => "127.0.0.1:$port", url => "http://127.0.0.1:$port", secret => $secret };

sub request
{
	my ($text) = @_;
	my $socket = IO::Socket::INET->new("127.0.0.1:$port") or return '';
	print $socket $text;
	my $reply = <$socket> // '';
	return $reply =~ /^HTTP\/1.1 (\d+)/ ? $1 : '';
}

sub ticket
{
	my ($channel, $id, $token) = @_;
	$token //= sql("SELECT lease_token FROM pulse_internal.message_state WHERE message_id = $id");
	return "$id-$token-" . substr(hmac_sha256_hex("$channel/$id/$token", $secret), 0, 16);
}

sub report
{
	my ($id, $type, %more) = @_;
	my $ticket = $more{ticket} // ticket('hook', $id);
	return request("GET /kannel?channel=hook&ticket=$ticket&type=$type HTTP/1.1\r\nHost: x\r\n\r\n");
}

# ---- receipts, by hand ----

my $robots = start_server('robots', 'perl', "$top/test/relay/robots.pl", $folder);
my $hook = { transport => 'tencent', url => "http://127.0.0.1:$robots", key_id => 'k', secret => 'hush', app_id => '1', sign_name => 'n', template => 't' };
my $running = start_relay('--config', config_file(receipts => $receipts, channels => { hook => $hook, ali => {
	transport => 'aliyun', url => "http://127.0.0.1:$robots/aliyun", key_id => 'k', secret => 'hush', sign_name => 'n', template => 'SMS_1' } }));
my @ids = map { message('hook', "1381234567$_") } 1 .. 6;
ok(wait_until(sub { sql("SELECT count(*) FROM pulse.messages WHERE state = 'sent'") == 6 }), 'sent');
is(report($ids[0], 8), 200, 'accepted by the SMSC');
is(state($ids[0]), 'sent', 'which changes nothing');
is(report($ids[0], 1), 200, 'delivered');
is(state($ids[0]), 'delivered', 'delivered');
is(report($ids[0], 8), 200, 'accepted, after delivered');
is(report($ids[0], 2), 200, 'failed, after delivered');
is(state($ids[0]), 'delivered', 'the state does not go back');
is(report($ids[1], 2), 200, 'failed');
is(state($ids[1]), 'failed', 'failed');
like(last_error($ids[1]), qr/the gateway reports: not delivered/, 'with the reason');
is(report($ids[1], 1), 200, 'delivered, after failed');
is(state($ids[1]), 'failed', 'the first final word stands');
is(report($ids[2], 16), 200, 'rejected');
like(last_error($ids[2]), qr/rejected by the SMSC/, 'with the reason');
is(report($ids[3], 1, ticket => ticket('other', $ids[3])), 403, 'a ticket of another channel');
is(report($ids[3], 1, ticket => "$ids[3]-1-0123456789abcdef"), 403, 'a ticket that was made up');
is(report($ids[3], 1, ticket => ''), 403, 'no ticket');
is(report($ids[3], 1, ticket => ticket('hook', $ids[3], 0)), 200, 'a ticket of an earlier lease is no reason to be told again');
is(state($ids[3]), 'sent', 'none of these counts');
is(request("GET / HTTP/1.1\r\n\r\n"), 404, 'another path');
is(request("POST /aliyun?channel=ali HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"), 400, 'no array');
is(request("POST /aliyun HTTP/1.1\r\nContent-Length: 9999999\r\n\r\n"), 400, 'too long');
is(request("x" x 9000), 400, 'nonsense');

my $ali = message('ali', '13812345678');
my $ali_bad = message('ali', '13812345679');
ok(wait_until(sub { state($ali) eq 'sent' && state($ali_bad) eq 'sent' }), 'Aliyun: sent');
my ($out_id) = map { /^aliyun \S+ (.*)/ ? decode_json($1)->{OutId} : () } split /\n/, slurp_file("$folder/robots.log");
is($out_id, ticket('ali', $ali), 'the ticket goes out as OutId');
my $body = encode_json([
	{ phone_number => '13812345678', success => JSON::PP::true, out_id => ticket('ali', $ali) },
	{ phone_number => '13812345679', success => JSON::PP::false, err_code => 'MK:0001', err_msg => 'absent', out_id => ticket('ali', $ali_bad) },
	{ phone_number => '1', success => JSON::PP::true, out_id => 'of another system' } ]);
is(request("POST /aliyun?channel=ali HTTP/1.1\r\nContent-Length: " . length($body) . "\r\n\r\n$body"), 200, 'a list of reports');
is(state($ali), 'delivered', 'delivered');
is(state($ali_bad), 'failed', 'failed');
like(last_error($ali_bad), qr/Aliyun reports MK:0001: absent/, 'with the reason');
# ---- Tencent: its own serial number names the message, the key in the address is the channel's ----

my (undef, $checked) = run_relay('--config', config_file(receipts => { %$receipts, listen => '127.0.0.1:' . PostgreSQL::Test::Cluster::get_free_port() },
	channels => { hook => $hook }), '--check');
my ($key) = $checked =~ /^address for the receipts of channel hook: \S+\/tencent\?channel=hook&key=(\w+)$/m;
ok($key, 'the check says the address to enter there');
my %serial = map { $_ => sql("SELECT provider_id FROM pulse.messages WHERE message_id = $_") =~ s/^tencent://r } @ids[3 .. 5];
sub tencent
{
	my ($called, @reports) = @_;
	my $body = encode_json(\@reports);
	return request("POST /tencent?$called HTTP/1.1\r\nContent-Length: " . length($body) . "\r\n\r\n$body");
}
is(tencent("channel=hook&key=$key", { sid => $serial{ $ids[3] }, report_status => 'SUCCESS', errmsg => 'DELIVRD', mobile => '13812345674' },
	{ sid => $serial{ $ids[4] }, report_status => 'FAIL', errmsg => 'UNDELIV', description => 'switched off' },
	{ sid => 'of another system', report_status => 'SUCCESS' }, { sid => 7 }), 200, 'a list of reports');
is(state($ids[3]), 'delivered', 'delivered');
is(state($ids[4]), 'failed', 'failed');
like(last_error($ids[4]), qr/Tencent reports UNDELIV: switched off/, 'with the reason');
is(tencent("channel=ali&key=$key", { sid => $serial{ $ids[5] }, report_status => 'SUCCESS' }), 403, 'the key of another channel');
is(tencent('channel=hook', { sid => $serial{ $ids[5] }, report_status => 'SUCCESS' }), 403, 'no key');
is(request("POST /tencent?channel=hook&key=$key HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"), 400, 'no array');
is(state($ids[5]), 'sent', 'none of these counts');
is(stop_relay($running, 'TERM'), 0, 'stopped');

# ---- Kannel ----

SKIP:
{
	my ($bearerbox, $smsbox) = map { my $name = $_; grep { -x } map { "$_/$name" } qw(/usr/sbin /usr/bin) } qw(bearerbox smsbox);
	my ($fakesmsc) = grep { -x } '/usr/lib/kannel/test/fakesmsc', '/usr/bin/fakesmsc';
	skip 'Kannel is not installed (Debian: kannel kannel-extras)', 13 unless $bearerbox && $smsbox && $fakesmsc;
	my ($admin, $box, $smsc, $http) = map { PostgreSQL::Test::Cluster::get_free_port() } 1 .. 4;
	my $kannel = "$folder/kannel.conf";
	append_to_file($kannel, <<"END");
group = core
admin-port = $admin
admin-password = bar
smsbox-port = $box
box-allow-ip = "127.0.0.1"
box-deny-ip = "*.*.*.*"
store-type = file
store-location = "$folder/kannel.store"
dlr-storage = internal
log-file = "$folder/bearerbox.log"

group = smsc
smsc = fake
smsc-id = FAKE
port = $smsc
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = $http
global-sender = 10690
log-file = "$folder/smsbox.log"

group = sendsms-user
username = salespulse
password = s&cret
concatenation = true
max-messages = 10

group = sms-service
keyword = default
text = "no service"
max-messages = 0
END
	my @boxes = start([ $bearerbox, '-v', '4', $kannel ], '<', \undef, '>', '/dev/null', '2>', '/dev/null');
	ok(wait_until(sub { IO::Socket::INET->new("127.0.0.1:$box") }), 'bearerbox listens');
	push @boxes, start([ $smsbox, '-v', '4', $kannel ], '<', \undef, '>', '/dev/null', '2>', '/dev/null');
	my ($in, $seen) = ('', '');
	push @boxes, start([ $fakesmsc, '-H', '127.0.0.1', '-r', $smsc, '-i', '0.1', '-v', '0' ], '<', \$in, '>', \$seen, '2>', \$seen);
	ok(wait_until(sub { IO::Socket::INET->new("127.0.0.1:$http") }), 'smsbox listens');

	my %sms = (transport => 'kannel', url => "http://127.0.0.1:$http/cgi-bin/sendsms", username => 'salespulse', from => '10690');
	$running = start_relay('--config', config_file(receipts => $receipts, channels => {
		sms => { %sms, password => 's&cret' }, wrong => { %sms, password => 'x' } }));
	my $english = message('sms', '13812345671', body => 'Please pay invoice 7.');
	my $chinese = message('sms', '138 1234 5672', body_sql => "U&'\\8BF7\\4ED8\\6B3E\\FF1A\\53D1\\7968 7'");
	my $long = message('sms', '13812345673', body_sql => "repeat(U&'\\6B3E\\+01F600', 200)");
	my $wrong = message('wrong', '13812345674');
	my @bulk = map { message('sms', "1391234567$_") } 0 .. 9;
	ok(wait_until(sub { sql("SELECT count(*) FROM pulse.messages WHERE channel = 'sms' AND state = 'delivered'") == 13 }),
		'all are delivered, says the SMSC');
	is(state($chinese), 'delivered', 'a Chinese text');
	is(state($long), 'delivered', 'a text of several parts');
	ok(wait_until(sub { state($wrong) eq 'dead' }), 'a wrong password: dead');
	like(last_error($wrong), qr/Kannel says .*; check username, password/, 'with the reason');
	ok(wait_until(sub { $boxes[2]->pump_nb; 16 == (() = $seen =~ /Got message/g) }), 'the SMSC has shown them all');
	like($seen, qr/10690 13812345671 text Please pay invoice 7\./, 'the text as the SMSC got it');
	like($seen, qr/10690 13812345672 \S+ .*%8B%F7N%D8k%3E/i, 'and the Chinese one, as UCS-2');
	my $parts = () = $seen =~ /10690 13812345673 /g;
	is($parts, 4, 'the long one in as many parts as are allowed');
	is(stop_relay($running, 'TERM'), 0, 'stopped');
	like($running->{err}, qr/event=delivered message=$english/, 'logged');
	$_->kill_kill(grace => 1) for reverse @boxes;
}

unlike($log, qr/13812345\d{3}/, 'no number in any log');
unlike($log, qr/s&cret|$secret/, 'no secret either');
$node->stop;
done_testing();
