# Mail over TLS: certificates that are good, expired, of another name, of nobody
# known; parts of a mail; texts too large for a channel.
use strict;
use warnings;
use File::Basename qw(dirname);
use lib dirname(__FILE__) . '/../relay';
use PostgreSQL::Test::Utils;
use Relay;
use Test::More;

eval { require IO::Socket::SSL; 1 } or plan(skip_all => 'IO::Socket::SSL is not installed (Debian: libio-socket-ssl-perl)');

my $node = prepare('tls');
my %ports = map { split ' ' } split /\n/, start_server('tls', 'perl', "$top/test/relay/tls_smtp.pl", $folder);
my %whole = (transport => 'smtp', tls => 'tls', from => 'desk@example.org', ca_file => "$folder/ca.pem", timeout => 5);
my %channels = map { ($_ => { %whole, url => "smtps://127.0.0.1:$ports{$_}" }) } qw(good expired other stranger);
$channels{$_} = { %whole, tls => 'starttls', url => "smtp://127.0.0.1:$ports{$_}" } for qw(starttls late);
$channels{system} = { %whole, url => "smtps://127.0.0.1:$ports{good}" };
delete $channels{system}{ca_file};
$channels{big} = { %{ $channels{good} }, max_bytes => 20_000_000, timeout => 290 };	# slow machines take long

my %ids = map { ($_ => message($_, "$_\@example.com")) } sort keys %channels;
my $big = message('big', 'ten@example.com', body_sql => q{repeat('0123456789abcde' || chr(10), 655360)});
my $too_big = message('good', 'big@example.com', body_sql => q{repeat('0123456789abcde' || chr(10), 655360)});
my $parts = message('good', 'parts@example.com', variables => { mail_html => '<p>pay</p>', mail_csv => "a,b\n1,2\n" });
my ($code, $out, $err) = deliver_once(config_file(lease => 300, channels => \%channels));
is($code, 0, 'a run');
is(state($ids{$_}), 'sent', "$_: sent") for qw(good starttls);
is(state($parts), 'sent', 'a mail with HTML and a table');
for my $name (qw(expired late other stranger system))
{
	is(state($ids{$name}), 'queued', "$name: not sent, but kept");
	like(last_error($ids{$name}), qr/certificate/i, 'says that it is the certificate');
}
like(last_error($ids{expired}), qr/expired/, 'expired: says so');
is(sql("SELECT DISTINCT attempt FROM pulse.messages WHERE message_id IN ($ids{expired}, $ids{late}, $ids{other})"), 0, 'no try is lost by a bad certificate');
is(state($big), 'sent', 'a text of ten megabytes where the channel allows it');
is(state($too_big), 'dead', 'too large a text: dead');
like(last_error($too_big), qr/the text is 10485760 bytes long, this channel takes at most 5000000 \(max_bytes\)/, 'with the reason');
is(join(' ', sort map { (split)[2] } split /\n/, slurp_file("$folder/accepted")), 'secure secure secure secure secure', 'nothing went in the clear');
is(scalar(grep { /^(expired|late|other|stranger)/ } split /\n/, slurp_file("$folder/accepted")), 0, 'no server with a bad certificate got anything');
$node->stop;
done_testing();
