# Relay.pm: a cluster, an outbox and relays, for the tests of the delivery
# program, built under ASan and UBSan: a leak or a bad access fails its exit code.
# use lib dirname(__FILE__) . '/../relay'; use Relay;
package Relay;
use strict;
use warnings;
use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);
use IPC::Run qw(start);
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Time::HiRes qw(usleep);

our @EXPORT = qw($top $folder $log wait_until sql state last_error reset_pause message messages
  prepare config_file run_relay deliver_once start_relay said stop_relay start_server stop_servers slurp_all);

our $top      = abs_path(dirname(__FILE__) . '/../..');
our $folder   = PostgreSQL::Test::Utils::tempdir();
our $log      = '';	# what all relays said
my $relay     = $ENV{PULSE_RELAY} // "$top/build/salespulse-relay-checked";
my $config_count = 0;
my @servers;
our ($node, $identity);

sub prepare
{
	my ($name) = @_;
	$ENV{PULSE_RELAY}
	  or system('make', '-s', '-C', "$top/src/relay", 'SANITIZE=1', 'PG_CONFIG=' . ($ENV{PG_CONFIG} // 'pg_config')) == 0
	  or die 'the relay does not build';
	$node = PostgreSQL::Test::Cluster->new($name);
	$node->init;
	$node->start;
	$node->safe_psql('postgres', q{
		CREATE EXTENSION salespulse CASCADE;
		CREATE ROLE courier LOGIN IN ROLE pulse_relay;
	});
	$identity = $node->safe_psql('postgres', 'SELECT pulse.delivery_identity()');
	return $node;
}

sub wait_until
{
	my ($condition) = @_;
	for (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default)
	{
		return 1 if $condition->();
		usleep(100_000);
	}
	return 0;
}

# Starts a server of these tests; it writes FOLDER/FILE when it listens. Returns that file's text.
sub start_server
{
	my ($file, @command) = @_;
	push @servers, start([@command], '<', \undef, '>', "$folder/$file.out", '2>', "$folder/$file.err");
	wait_until(sub { -s "$folder/$file" }) or die "$command[-1] does not listen";
	return slurp_file("$folder/$file");
}

sub stop_servers { $_->kill_kill(grace => 1) for splice @servers; return }
END { my $status = $?; stop_servers(); $? = $status }

sub sql        { return $node->safe_psql('postgres', $_[0]) }
sub state      { return sql("SELECT state FROM pulse.messages WHERE message_id = $_[0]") }
sub last_error { return sql("SELECT last_error FROM pulse.messages WHERE message_id = $_[0]") }
sub reset_pause { return sql("UPDATE pulse_internal.queue SET held_until = '-infinity' WHERE message_id IN ($_[0])") }

# one message; returns its id
sub message
{
	my ($channel, $recipient, %more) = @_;
	my $copies    = join ',', @{ $more{copies} // [] };
	my $body      = $more{body_sql} // "E'" . ($more{body} // 'Please pay.') . "'";
	my $variables = encode_json($more{variables} // { about => 'Li Lei', days => 10 });
	return sql(qq{
		WITH m AS (INSERT INTO pulse_internal.message (channel, recipient, recipient_name, copies, language, subject,
			body, variables, created_at, not_before)
		VALUES ('$channel', '$recipient', NULL, '{$copies}', 'en', E'} . ($more{subject} // 'Overdue') . qq{',
			$body, '$variables', '2026-01-01 00:00+00', '2026-01-01 00:00+00')
		RETURNING *) INSERT INTO pulse_internal.queue (message_id, not_before, channel) SELECT message_id, not_before, channel FROM m RETURNING message_id});
}

# many at once; their recipients are PREFIX1, PREFIX2 ...
sub messages
{
	my ($channel, $prefix, $count) = @_;
	return sql(qq{
		WITH m AS (INSERT INTO pulse_internal.message (channel, recipient, language, subject, body, created_at, not_before)
		SELECT '$channel', '$prefix' || n, 'en', 's', 'b', '2026-01-01 00:00+00', '2026-01-01 00:00+00'
		FROM generate_series(1, $count) AS n RETURNING *) INSERT INTO pulse_internal.queue (message_id, not_before, channel) SELECT message_id, not_before, channel FROM m});
}

sub config_file
{
	my (%fields) = @_;
	my $path = "$folder/config" . ++$config_count;
	append_to_file($path, JSON::PP->new->utf8->canonical->encode({
		database => $node->connstr('postgres') . ' user=courier', identity => $identity,
		worker => 'test', lease => 30, poll => 1, %fields }));
	return $path;
}

sub run_relay
{
	my (@arguments) = @_;
	my ($out, $err);
	IPC::Run::run([ $relay, @arguments ], '<', \undef, '>', \$out, '2>', \$err);
	$log .= $err;
	return ($? >> 8, $out, $err);
}

sub deliver_once { return run_relay('--config', $_[0], '--once') }

# a relay that goes on; its log grows in $_->{err}
sub start_relay
{
	my (@arguments) = @_;
	my %running = (err => '');
	$running{handle} = start([ $relay, @arguments ], '<', \undef, '>', \my $out, '2>', \$running{err});
	return \%running;
}

# its log so far
sub said { my ($running) = @_; $running->{handle}->pump_nb; return $running->{err} }

sub stop_relay
{
	my ($running, $signal) = @_;
	$running->{handle}->signal($signal);
	$running->{handle}->finish;
	$log .= $running->{err};
	return $running->{handle}->full_result(0);
}

sub slurp_all
{
	my ($kind) = @_;
	return map { slurp_file($_) } sort glob("$folder/$kind.*");
}

1;
