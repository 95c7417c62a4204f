# Relays, the receiver and the database server are killed at random: every
# message arrives at least once, exactly once where the channel knows repeats,
# none is stuck.  PULSE_LONG=1 goes on for longer; PULSE_SEED repeats a run.
use strict;
use warnings;
use File::Basename qw(dirname);
use IPC::Run qw(start);
use lib dirname(__FILE__) . '/../relay';
use PostgreSQL::Test::Utils;
use Relay;
use Test::More;
use Time::HiRes qw(usleep);

my $rounds   = $ENV{PULSE_LONG} ? 60 : 8;
my $each     = 30;
my $seed     = $ENV{PULSE_SEED} // time;
srand($seed);
note("PULSE_SEED=$seed");

my $node = prepare('chaos');
my $port = PostgreSQL::Test::Cluster::get_free_port();
my @robots = ('perl', "$top/test/relay/robots.pl", $folder, $port);
my $robots = start([@robots], '<', \undef, '>', '/dev/null', '2>', '/dev/null');
wait_until(sub { -s "$folder/robots" }) or die 'the robots do not listen';
my $url = "http://127.0.0.1:$port";
my %sms = (key_id => 'k', secret => 'hush', sign_name => 'n', template => 't', timeout => 1, limits => []);
# Tencent's stand-in has no idempotency key and no limits; the webhook's key is looked at below
my $config = sub { config_file(worker => "relay$_[0]", lease => 7, batch => 8, channels => {
	sms  => { transport => 'tencent', url => $url, app_id => '1', %sms, unknown => 'retry' },
	ding => { transport => 'dingtalk', url => "$url/robot/send?access_token=x", timeout => 1, limits => [ [ 1000, 1 ] ] } }) };
my @relays = map { start_relay('--config', $config->($_)) } 0, 1;

sub replace_relay
{
	my ($index) = @_;
	stop_relay($relays[$index], rand() < 0.7 ? 'KILL' : 'TERM');
	$relays[$index] = start_relay('--config', $config->($index));
	return;
}

sub replace_robots
{
	$robots->kill_kill(grace => 0);
	$robots = start([@robots], '<', \undef, '>', '/dev/null', '2>', '/dev/null');
	return;
}

for my $round (1 .. $rounds)
{
	messages('sms', sprintf('138%03d', $round) . '000', $each);
	my $what = rand();
	usleep(int rand 400_000);
	if    ($what < 0.5) { replace_relay(int rand 2) }
	elsif ($what < 0.75) { replace_robots() }
	else { $node->stop('immediate'); $node->start }
	usleep(int rand 600_000);
}
messages('ding', 'u', 15);	# within what the robot allows a minute
usleep(int rand 200_000);
replace_relay($_) for 0, 1;

# what waits after a failure need not wait here
my $left = sub { sql("SELECT count(*) FROM pulse.messages WHERE state <> 'sent'") };
ok(wait_until(sub {
	sql("UPDATE pulse_internal.queue SET held_until = '-infinity' WHERE NOT claimed");
	$left->() == 0 }), 'none is stuck: all are sent');
stop_relay($_, 'TERM') for @relays;
diag($left->() . ' left: ' . sql("SELECT string_agg(DISTINCT state || ' ' || attempt || ' ' || coalesce(last_error, ''), '; ') FROM pulse.messages WHERE state <> 'sent'"))
  if $left->() > 0;
my $seen = slurp_file("$folder/robots.log");
my %numbers = map { $_ => 1 } $seen =~ /"PhoneNumberSet":\["(\+?\d+)"\]/g;
is(scalar(keys %numbers), $rounds * $each, 'each has arrived at least once');
my %ding;
$ding{$_}++ for $seen =~ /"msgUuid":"([^"]+)"/g;
is(scalar(keys %ding), 15, 'with an idempotency key, too');
is(scalar(grep { $_ > 1 } values %ding), 0, 'and then exactly once');
is(sql("SELECT count(*) FROM pulse.messages WHERE attempt > 12 OR state IN ('dead', 'claimed')"), 0, 'none was given up');
$robots->kill_kill(grace => 0);
$node->stop;
done_testing();
