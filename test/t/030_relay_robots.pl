# The chat robots and SMS services against their stand-in: signatures, sizes,
# refusals, faults; limits that are kept before they are hit; a channel that is
# down holds up no other and costs no tries.
use strict;
use warnings;
use Encode qw(decode encode);
use File::Basename qw(dirname);
use lib dirname(__FILE__) . '/../relay';
use IO::Socket::INET;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Relay;
use Test::More;
use Time::HiRes qw(time);

my $node = prepare('robots');
my $port = start_server('robots', 'perl', "$top/test/relay/robots.pl", $folder);
my $url  = "http://127.0.0.1:$port";

my %sms = (key_id => 'k', secret => 'hush', sign_name => "\x{5317}\x{65b9}", template => 'SMS_1', parameters => [ 'about', 'days' ], timeout => 5);
my %channels = (
	ding   => { transport => 'dingtalk', url => "$url/robot/send?access_token=s1", secret => 'SECs1', timeout => 2 },
	wrong  => { transport => 'dingtalk', url => "$url/robot/send?access_token=s2", secret => 'other', timeout => 2 },
	wecom  => { transport => 'wecom', url => "$url/cgi-bin/webhook/send?key=k1", timeout => 2, limits => [] },
	feishu => { transport => 'feishu', url => "$url/open-apis/bot/v2/hook/s1", secret => 'demo', timeout => 2 },
	ali    => { transport => 'aliyun', url => "$url/aliyun", %sms },
	alibad => { transport => 'aliyun', url => "$url/aliyun", %sms, template => 'SMS_BAD' },
	tencent => { transport => 'tencent', url => $url, app_id => '14', %sms },
	map { ("wecom_$_" => { transport => 'wecom', url => "$url/cgi-bin/webhook/send?key=$_", timeout => 1, limits => [], unknown => $_ }) }
	  qw(hold retry sent));
my $config = config_file(channels => \%channels);

# the stand-in's next requests go wrong
sub fault
{
	my (%fault) = @_;
	my $text = encode_json({ fail => 0, hang => 0, drop => 0, page => 0, %fault });
	my $socket = IO::Socket::INET->new("127.0.0.1:$port") or die;
	print $socket "POST /ctl HTTP/1.1\r\nContent-Length: " . length($text) . "\r\n\r\n$text";
	return scalar <$socket>;
}

# what it has accepted: [service, moment, request]
sub accepted
{
	my ($service) = @_;
	return grep { $_->[0] eq $service } map { [ split / /, $_, 3 ] } split /\n/, slurp_file("$folder/robots.log");
}

# ---- each takes what it is sent ----

my $long = "repeat(U&'\\+01F600', 3000)";	# an emoji across every limit
my %first = (
	ding    => message('ding', '13812345678', copies => ['li']),
	wecom   => message('wecom', 'li', body_sql => $long),
	feishu  => message('feishu', 'ou_1', body_sql => $long),
	ali     => message('ali', '13812345678'),
	tencent => message('tencent', '13812345678'));
my ($code, $out, $err) = deliver_once($config);
is($code, 0, 'a run of the relay');
is(sql("SELECT state, last_error FROM pulse.messages WHERE message_id = $first{$_}"), 'sent|', "$_: sent") for sort keys %first;
my $ding = decode_json((accepted('dingtalk'))[0][2]);
is($ding->{text}{content}, "Overdue\nPlease pay.\n\@13812345678", 'DingTalk: text with the mention');
is_deeply([ @{ $ding->{at}{atMobiles} }, @{ $ding->{at}{atUserIds} } ], [ '13812345678', 'li' ], 'who is mentioned');
my $text = decode_json((accepted('wecom'))[0][2])->{text}{content};
ok($text eq "Overdue\n" . "\x{1F600}" x 509 . "\x{2026}", 'WeCom: cut between characters to 2048 bytes');
ok(decode_json((accepted('feishu'))[0][2])->{content}{text} =~ /^<at user_id="ou_1"><\/at>\nOverdue\n\x{1F600}+$/, 'Feishu: text');
is(decode_json((accepted('aliyun'))[0][2])->{TemplateParam}, '{"about":"Li Lei","days":"10"}', 'Aliyun: values by name');
is_deeply(decode_json((accepted('tencent'))[0][2])->{TemplateParamSet}, [ 'Li Lei', '10' ], 'Tencent: values in order');
like(sql("SELECT provider_id FROM pulse.messages WHERE message_id = $first{ali}"), qr/^biz-/, 'Aliyun: its id is kept');
like(sql("SELECT provider_id FROM pulse.messages WHERE message_id = $first{tencent}"), qr/^serial-/, 'Tencent: its id is kept');

# ---- what can't be sent, and what is refused ----

my %bad = (
	template => message('ali', '13812345678', variables => { about => 'x' }),
	number   => message('ali', 'li@example.com'),
	nobody   => message('tencent', ''),
	refused  => message('alibad', '13812345678'),
	secret   => message('wrong', 'li'));
deliver_once($config);
is(state($bad{$_}), 'dead', "$_: dead") for sort keys %bad;
like(last_error($bad{template}), qr/template SMS_1 needs "days", which the message's variables lack/, 'a variable is missing');
like(last_error($bad{number}), qr/not a phone number/, 'an address that is no number');
like(last_error($bad{nobody}), qr/the recipient has no phone number/, 'a recipient without a number');
like(last_error($bad{refused}), qr/Aliyun says isv.SMS_TEMPLATE_ILLEGAL/, 'a template the service refuses');
like(last_error($bad{secret}), qr/DingTalk says 310000: sign not match; check the robot's keyword, secret/, 'a wrong secret');

# ---- faults ----

fault(hang => 1);
my $hung = message('wecom_hold', 'li');
deliver_once($config);
is(state($hung), 'unknown', 'no reply, policy hold: unknown');
like(last_error($hung), qr/no reply after the message was sent: .*timed out/i, 'with the reason');
fault(hang => 1);
my $sent = message('wecom_sent', 'li');
deliver_once($config);
is(state($sent), 'sent', 'no reply, policy sent: sent');
fault(drop => 1);
my $again = message('wecom_retry', 'li');
deliver_once($config);
is(state($again), 'queued', 'cut, policy retry: queued again');
fault(drop => 1);
my $cut = message('ding', 'li');
deliver_once($config);
is(state($cut), 'queued', 'DingTalk: accepted, then cut: queued again');
reset_pause("$cut, $again");
my $before = accepted('dingtalk');
deliver_once($config);
is(state($_), 'sent', 'sent at the second try') for $cut, $again;
is(scalar(accepted('dingtalk')), $before, 'which DingTalk has seen to be the same');
fault(page => 2);
my $page = message('wecom', 'li');
my $page_again = message('ding', 'li');
deliver_once($config);
is(state($page), 'unknown', 'a page of a proxy, policy hold: unknown');
like(last_error($page), qr/HTTP 200 without the reply of WeCom; is there a proxy in between\?: <html>Please log in/, 'with the reason');
is(state($page_again), 'queued', 'a page of a proxy, DingTalk: queued again');
sql("DELETE FROM pulse_internal.queue WHERE NOT claimed");

# ---- limits are kept before they are hit ----

my $limited = config_file(channels => { feishu => { transport => 'feishu', url => "$url/open-apis/bot/v2/hook/burst", timeout => 5 } });
my $running = start_relay('--config', $limited);
my $begun = time;
messages('feishu', 'burst', 12);
# the first minute after a start counts as used up; a run that does not go on has no such minute
is(scalar(grep { $_->[2] =~ /burst1\b/ } accepted('feishu')), 0, 'a relay that has just begun waits');
stop_relay($running, 'TERM');
is(sql("SELECT count(*) FROM pulse.messages WHERE recipient LIKE 'burst%' AND attempt = 0"), 12, 'nothing was claimed meanwhile');
for (1 .. 30)
{
	($code, $out, $err) = deliver_once(config_file(channels => {
		feishu => { transport => 'feishu', url => "$url/open-apis/bot/v2/hook/burst", timeout => 5, limits => [ [ 5, 2 ] ] } }));
	last if sql("SELECT count(*) FROM pulse.messages WHERE recipient LIKE 'burst%' AND state = 'sent'") == 12;
	cmp_ok(sql("SELECT count(*) FROM pulse.messages WHERE recipient LIKE 'burst%' AND state = 'sent'"), '<=', 5 * $_, 'no more than the limit in a run') if $_ == 1;
	sleep 2;
}
is(sql("SELECT string_agg(DISTINCT state || ' ' || attempt, ', ') FROM pulse.messages WHERE recipient LIKE 'burst%'"), 'sent 1', 'all are sent at the first try');

my $paced = config_file(poll => 1, channels => { wecom => { transport => 'wecom', url => "$url/cgi-bin/webhook/send?key=paced", timeout => 5, limits => [ [ 4, 1 ] ] } });
messages('wecom', 'paced', 14);
$running = start_relay('--config', $paced);
ok(wait_until(sub { sql("SELECT count(*) FROM pulse.messages WHERE recipient LIKE 'paced%' AND state = 'sent'") == 14 }), 'a relay that goes on sends them all');
is(stop_relay($running, 'TERM'), 0, 'stopped');
my @moments = map { $_->[1] } grep { $_->[2] =~ /paced/ } accepted('wecom');
is(scalar(@moments), 14, 'each once');
is(scalar(grep { $moments[$_] - $moments[ $_ - 4 ] < 1 } 4 .. $#moments), 0, 'never more than four in any second');

# ---- a server that is down ----

my $down = config_file(poll => 1, channels => {
	dead => { transport => 'webhook', url => 'http://127.0.0.1:1/', timeout => 5 },
	wecom => $channels{wecom} });
messages('dead', '1391234567', 40);
$running = start_relay('--config', $down);
ok(wait_until(sub { said($running) =~ /event=channel_paused channel=dead seconds=5/ }), 'the channel pauses');
my $other = message('wecom', 'li');
ok(wait_until(sub { state($other) eq 'sent' }), 'another channel goes on');
ok(wait_until(sub { said($running) =~ /event=channel_paused channel=dead seconds=10/ }), 'and tries one, and pauses for longer');
is(stop_relay($running, 'TERM'), 0, 'stopped');
is(sql("SELECT string_agg(DISTINCT state || ' ' || attempt, ', ') FROM pulse.messages WHERE recipient LIKE '139%'"), 'queued 0', 'no message has lost a try');
cmp_ok(sql("SELECT count(*) FROM pulse.messages WHERE recipient LIKE '139%' AND last_error IS NULL"), '>=', 20, 'most were not even claimed');
like(sql("SELECT min(last_error) FROM pulse.messages WHERE recipient LIKE '139%'"), qr/no connection: /, 'the others say why');
sql("UPDATE pulse_internal.queue SET held_until = '-infinity' WHERE channel <> ''");
$running = start_relay('--config', config_file(poll => 1, channels => { dead => { transport => 'tencent', url => $url, app_id => '14', %sms, template => 'T', parameters => [] } }));
ok(wait_until(sub { sql("SELECT count(*) FROM pulse.messages WHERE recipient LIKE '139%' AND state = 'sent'") == 40 }), 'when it is back all are delivered');
stop_relay($running, 'TERM');

unlike($log, qr/13812345678/, 'no number in any log');
unlike($log, qr/access_token|hush/, 'no secret either');
$node->stop;
done_testing();
