# The delivery program against the real outbox and real servers on loopback:
# every outcome, what a crash leaves, two at once, the wrong database.
use strict;
use warnings;
use Cwd qw(abs_path);
use Digest::SHA qw(hmac_sha256_hex);
use File::Basename qw(dirname);
use IPC::Run qw(start);
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

my $top     = abs_path(dirname(__FILE__) . '/../..');
my $folder  = PostgreSQL::Test::Utils::tempdir();
my $relay   = "$top/build/salespulse-relay-checked";	# under ASan and UBSan
my $patience = 10 * $PostgreSQL::Test::Utils::timeout_default;	# tenths of a second

system('make', '-s', '-C', "$top/src/relay", 'SANITIZE=1', 'PG_CONFIG=' . ($ENV{PG_CONFIG} // 'pg_config')) == 0
  or die 'the relay does not build';

# ---- the servers ----

my $receiver = start(['perl', "$top/test/relay/receiver.pl", $folder]);
my ($smtp_port, $http_port);
wait_until(sub { -e "$folder/ports" }) or die 'the receiver does not listen';
($smtp_port, $http_port) = split ' ', slurp_file("$folder/ports");

my $node = PostgreSQL::Test::Cluster->new('relay');
$node->init;
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION salespulse CASCADE;
	CREATE ROLE courier LOGIN IN ROLE pulse_relay;
});
my $identity = $node->safe_psql('postgres', 'SELECT pulse.delivery_identity()');

END
{
	my $status = $?;
	$receiver->kill_kill(grace => 1) if $receiver;
	$? = $status;
}

# ---- helpers ----

sub wait_until
{
	my ($condition) = @_;
	for (1 .. $patience)
	{
		return 1 if $condition->();
		usleep(100_000);
	}
	return 0;
}

sub sql { return $node->safe_psql('postgres', $_[0]) }

my %channels = (
	mail => { transport => 'smtp', url => "smtp://127.0.0.1:$smtp_port/relay.test", tls => 'none',
		from => 'Sales desk <desk@example.org>', timeout => 5 },
	map({ $_ => { transport => 'smtp', url => "smtp://127.0.0.1:$smtp_port", tls => 'none',
			from => 'desk@example.org', username => 'desk', password => $_ eq 'login' ? 'sesame' : 'open', timeout => 5 } }
	  qw(login locked)),
	starttls => { transport => 'smtp', url => "smtp://127.0.0.1:$smtp_port", from => 'desk@example.org', timeout => 5 },
	nobody => { transport => 'smtp', url => 'smtp://127.0.0.1:1', tls => 'none', from => 'desk@example.org', timeout => 5 },
	map { $_ => { transport => 'webhook', url => "http://127.0.0.1:$http_port/$_",
			timeout => $_ eq 'hang' ? 1 : 5, secret => 'hush', headers => { 'X-Tenant' => 'north' } } }
	  qw(ok html created error limit gone moved hang cut flaky slow));

my $config_count = 0;

sub config_file
{
	my (%changes) = @_;
	my $path = "$folder/config" . ++$config_count;
	my %config = (
		database => $node->connstr('postgres') . ' user=courier', identity => $identity,
		worker => 'test', lease => 30, poll => 1, channels => \%channels, %changes);
	append_to_file($path, encode_json(\%config));
	return $path;
}

my $config = config_file();
my $log = '';	# of all runs, for the look at personal data at the end

# one message; returns its id
sub message
{
	my ($channel, $recipient, %more) = @_;
	my $copies = join ',', @{ $more{copies} // [] };
	return sql(qq{
		WITH m AS (INSERT INTO pulse_internal.message (channel, recipient, recipient_name, copies, language, subject,
			body, variables, created_at, not_before)
		VALUES ('$channel', '$recipient', } . (defined $more{name} ? "E'$more{name}'" : 'NULL') . qq{,
			'{$copies}', 'en', E'} . ($more{subject} // 'Overdue') . qq{', E'} . ($more{body} // 'Please pay.') . qq{',
			'{"days": 10}', '2026-01-01 00:00+00', '2026-01-01 00:00+00')
		RETURNING *) INSERT INTO pulse_internal.queue (message_id, not_before, channel) SELECT message_id, not_before, channel FROM m RETURNING message_id});
}

sub state { return sql("SELECT state FROM pulse.messages WHERE message_id = $_[0]") }
sub last_error { return sql("SELECT last_error FROM pulse.messages WHERE message_id = $_[0]") }
sub due_again { return sql("UPDATE pulse_internal.queue SET held_until = '-infinity' WHERE message_id IN ($_[0])") }
sub key_of { return sql("SELECT idempotency_key FROM pulse.messages WHERE message_id = $_[0]") }

sub run_relay
{
	my (@arguments) = @_;
	my ($out, $err);
	IPC::Run::run([ $relay, @arguments ], '<', \undef, '>', \$out, '2>', \$err);
	$log .= $err;
	return ($? >> 8, $out, $err);
}

sub deliver_once
{
	my ($path) = @_;
	return run_relay('--config', $path // $config, '--once');
}

# a relay that goes on; its log grows in $_->{err}
sub start_relay
{
	my (@arguments) = @_;
	my %running = (err => '');
	$running{handle} = start([ $relay, @arguments ], '<', \undef, '>', \my $out, '2>', \$running{err});
	return \%running;
}

sub stop_relay
{
	my ($running, $signal) = @_;
	$running->{handle}->signal($signal);
	$running->{handle}->finish;
	$log .= $running->{err};
	return $running->{handle}->full_result(0);
}

sub received
{
	my ($kind, $pattern) = @_;
	return grep { /$pattern/ } map { slurp_file($_) } sort glob("$folder/$kind.*");
}

sub lines_of { my ($text) = @_; $text =~ s/\r//g; return $text }

# ---- options and configuration ----

my ($code, $out, $err) = run_relay('--help');
is($code, 0, '--help');
like($out, qr/--config FILE/, '--help lists the options');
($code) = run_relay('--version');
is($code, 0, '--version');
($code, $out, $err) = run_relay('--once');
is($code, 2, 'no configuration');
like($err, qr/--config is missing/, 'says what is missing');
($code, $out, $err) = run_relay('--config', "$folder/nowhere", '--check');
is($code, 2, 'configuration that does not exist');
like($err, qr/cannot read/, 'says so');
($code, $out, $err) = run_relay('--config', $config, '--run-every', 'often');
is($code, 2, 'an interval that is none');
($code, $out, $err) = run_relay('--config', config_file(lease => 0, channels => { mail => { transport => 'pigeon' } }), '--check');
is($code, 2, '--check with mistakes');
like($err, qr/^lease: must be .*^channels\.mail\.transport: must be one of/ms, 'all mistakes are named');
($code, $out, $err) = run_relay('--config', $config, '--check');
is($code, 0, '--check of a good configuration');
like($out, qr/are good: 16 channels/, 'says so');
($code, $out, $err) = run_relay('--config', config_file(database => 'host=/nowhere dbname=x'), '--check');
is($code, 1, '--check without a database');
like($err, qr/event=no_connection/, 'says so');

# ---- the wrong database ----

my $waiting = message('mail', 'li@example.com', name => 'Li Lei', copies => ['wang@example.com'],
	subject => "Overdue: \\u903e\\u671f", body => "Dear Li,\n.\nplease pay.");
($code, $out, $err) = deliver_once(config_file(identity => '1/1'));
is($code, 3, 'a database of another identity is refused');
like($err, qr/event=foreign_database .*identity="?\Q$identity\E"? expected="?1\/1/, 'both identities are named');
is(state($waiting), 'queued', 'nothing was claimed');

# ---- mail ----

($code, $out) = run_relay('--config', $config, '--dry-run');
is($code, 0, '--dry-run');
like($out, qr/1 message would be delivered.*message $waiting to l\*\*\*\@example\.com by mail/s, 'shows it, masked');
is(sql("SELECT state, attempt FROM pulse.messages WHERE message_id = $waiting"), 'queued|0', 'changes nothing');

($code, $out, $err) = deliver_once();
is($code, 0, '--once');
is(state($waiting), 'sent', 'mail: sent');
like(sql("SELECT provider_id FROM pulse.messages WHERE message_id = $waiting"), qr/queued as Q1/, 'the server\'s reply is kept');
my @mails = map { lines_of($_) } received('mail', qr/Li Lei/);
is(@mails, 2, 'recipient and copy got a mail each');
is(join(' ', sort map { /^Rcpt: (.*)$/m } @mails), 'li@example.com wang@example.com', 'one transaction per address');
is(scalar(keys %{ { map { s/^Rcpt.*\n//r => 1 } @mails } }), 1, 'both got the same bytes');
like($mails[0], qr/^To: "Li Lei" <li\@example\.com>\nCc: wang\@example\.com$/m, 'To and Cc');
like($mails[0], qr/^Subject: =\?UTF-8\?B\?[A-Za-z0-9+\/=]+\?=$/m, 'encoded subject');
like($mails[0], qr/\n\nDear Li,\n\.\nplease pay\.\n$/, 'the body, with its lone dot');
like($err, qr/event=sent message=$waiting channel=mail to=l\*\*\*\@example.com attempt=1/, 'logged');

my $copy_refused = message('mail', 'zhao@example.com', copies => [ 'refused1@example.com', 'qian@example.com' ]);
my $refused = message('mail', 'refused2@example.com', copies => ['sun@example.com']);
my $content = message('mail', 'content@example.com');
my $cut = message('mail', 'cut@example.com');
my $nonsense = message('mail', "x\r\nRCPT TO:<victim\@example.com>");
my $injection = message('mail', 'inject@example.com', name => "x\\r\\nBcc: victim\@example.com",
	subject => "a\\r\\nBcc: victim\@example.com\\r\\n\\r\\nhello");
my $grey = message('mail', 'grey1@example.com');
my $login = message('login', 'login@example.com', copies => [ 'LOGIN@example.com', 'other@example.com', 'other@example.com' ]);
my $locked = message('locked', 'locked@example.com');
my $starttls = message('starttls', 'starttls@example.com');
my $nobody = message('nobody', 'nobody@example.com');
($code, $out, $err) = deliver_once();
is(state($copy_refused), 'sent', 'a refused copy does not lose the mail');
like($err, qr/event=sent message=$copy_refused .*r\*\*\*\@example\.com: refused: 550/, 'the log names it, masked');
is(scalar(received('mail', qr/^Rcpt: (zhao|qian)@/m)), 2, 'the others got it');
is(state($refused), 'dead', 'a refused recipient: dead');
like(last_error($refused), qr/refused2\@example\.com: refused: 550 5\.1\.1 no such user/, 'the outbox says why');
is(scalar(received('mail', qr/^Rcpt: sun@/m)), 1, 'the copy got it');
is(state($content), 'dead', 'refused after DATA: dead');
is(state($cut), 'unknown', 'cut after the mail was sent: unknown');
is(state($nonsense), 'dead', 'an address with a line break: dead');
is(state($injection), 'sent', 'line breaks in name and subject: sent');
is(scalar(received('mail', qr/^(Bcc|Rcpt).*victim/m)), 0, 'nothing was injected');
is(state($login), 'sent', 'with username and password');
is(scalar(received('mail', qr/^To: login@/m)), 2, 'an address that stands there twice gets one mail');
is(state($locked), 'queued', 'a wrong password kills no message');
like(last_error($locked), qr/not now: 535/, 'with the reason');
is(state($starttls), 'queued', 'a server without STARTTLS gets no mail in the clear');
is(scalar(received('mail', qr/^Rcpt: starttls@/m)), 0, 'none at all');
is(state($nobody), 'queued', 'no server: queued again');
is(state($grey), 'queued', 'greylisted: queued again');
like(last_error($grey), qr/not now: 451/, 'with the reason');
due_again($grey);
deliver_once();
is(state($grey), 'sent', 'accepted when tried again');
is(scalar(received('mail', qr/^Rcpt: grey1@/m)), 1, 'once');
is(sql("SELECT attempt FROM pulse.messages WHERE message_id = $grey"), 2, 'at the second attempt');

# ---- webhooks ----

my $hook = message('ok', '13812345678', name => 'Li Lei', body => "\\u903e\\u671f");
my $html = message('html', '13812345678');
my $created = message('created', '13812345678');
my $error = message('error', '13812345678');
my $limit = message('limit', '13812345678');
my $gone = message('gone', '13812345678');
my $moved = message('moved', '13812345678');
my $hang = message('hang', '13812345678');
my $http_cut = message('cut', '13812345678');
my $fax = message('fax', '12345678');
my $flaky = message('flaky', '13812345678');
($code, $out, $err) = deliver_once();
is($code, 0, 'webhooks');
is(state($hook), 'sent', '200: sent');
is(sql("SELECT provider_id FROM pulse.messages WHERE message_id = $hook"), 'provider-1', 'id of the reply is kept');
my ($head, $body) = split /\n\n|\r\n\n/, (received('http', qr{POST /ok}))[0], 2;
my ($stamp) = $head =~ /^X-Pulse-Timestamp: (\d+)/m;
my ($signature) = $head =~ /^X-Pulse-Signature: sha256=([0-9a-f]{64})/m;
is($signature, hmac_sha256_hex("$stamp.$body", 'hush'), 'signature over timestamp and body');
my ($sent_key) = $head =~ /^Idempotency-Key: (\S+)/m;
is($sent_key, key_of($hook), 'idempotency key in the header');
like($head, qr/^X-Tenant: north/m, 'configured header');
my $json = decode_json($body);
is($json->{idempotency_key}, $sent_key, 'and in the body');
is($json->{message_id}, $hook, 'message_id');
is($json->{recipient}, '13812345678', 'recipient');
is($json->{recipient_name}, 'Li Lei', 'recipient_name');
is($json->{body}, "\x{903e}\x{671f}", 'text in Chinese');
is($json->{variables}{days}, 10, 'variables');
is(state($html), 'queued', 'a page with 200 is not taken for yes');
like(last_error($html), qr/HTTP 200 without the reply of a webhook, but a page; is there a proxy in between\?.*hotel/, 'with the reason');
is(state($created), 'sent', '201: sent');
is(state($error), 'queued', '500: queued again');
like(last_error($error), qr/HTTP 500: broken for 13812345678 really/, 'with the reply as one line');
is(state($limit), 'queued', '429: queued again');
is(sql("SELECT held_until > clock_timestamp() + interval '60 seconds' FROM pulse_internal.message_state WHERE message_id = $limit"),
	't', 'after the time that Retry-After says');
is(state($gone), 'dead', '404: dead');
is(state($moved), 'dead', 'a redirect is not followed: dead');
is(state($hang), 'queued', 'no reply in time: queued again');
is(state($http_cut), 'queued', 'cut: queued again');
is(state($fax), 'queued', 'a channel that is not configured: queued again');
like(last_error($fax), qr/channel "fax" is not configured in this relay/, 'with the reason');
is(state($flaky), 'queued', '500 at first');
due_again($flaky);
deliver_once();
is(state($flaky), 'sent', 'then sent');
sql("DELETE FROM pulse_internal.queue WHERE NOT claimed");

# ---- a copy that is deferred, while the relay goes on ----

my $running = start_relay('--config', $config);
my $deferred = message('mail', 'first@example.com', copies => [ 'grey2@example.com', 'second@example.com' ]);
ok(wait_until(sub { last_error($deferred) ne '' }), 'a deferred copy makes the message wait');
due_again($deferred);
ok(wait_until(sub { state($deferred) eq 'sent' }), 'it is sent later');
is(join(' ', sort map { /^Rcpt: (.*?)\r?$/m } received('mail', qr/^To: first@/m)),
	'first@example.com grey2@example.com second@example.com', 'each address got it once');

# ---- a lost connection ----

my $slow = message('slow', '13812345678');
ok(wait_until(sub { received('begun', key_of($slow)) }), 'a request is under way');
sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'courier'");
ok(wait_until(sub { state($slow) eq 'sent' }), 'its outcome survives the loss of the connection');
is(stop_relay($running, 'TERM'), 0, 'stopped');
like($running->{err}, qr/event=connection_lost.*event=connected/s, 'the relay has connected again');

# ---- SIGTERM finishes what is in flight ----

$running = start_relay('--config', $config);
$slow = message('slow', '13812345678');
ok(wait_until(sub { received('begun', key_of($slow)) }), 'a request is under way');
is(stop_relay($running, 'TERM'), 0, 'SIGTERM ends the relay with 0');
is(state($slow), 'sent', 'after what was in flight was done');

# ---- kill -9 loses nothing ----

my @slow = map { message('slow', "1381234567$_") } 1 .. 5;
my $ids = join ',', @slow;
$running = start_relay('--config', $config);
ok(wait_until(sub { 5 == grep { my $id = $_; received('begun', qr/"message_id":$id\b/) } @slow }), 'five are in flight');
stop_relay($running, 'KILL');
is(sql("SELECT DISTINCT state FROM pulse.messages WHERE message_id IN ($ids)"), 'claimed', 'the killed relay has settled none');
due_again($ids);	# what the end of the lease does
deliver_once();
is(sql("SELECT state, count(*) FROM pulse.messages WHERE message_id IN ($ids) GROUP BY 1"), 'sent|5', 'the next one delivers them all');
my %keys;
for my $request (received('http', qr{POST /slow}))
{
	my ($id) = $request =~ /"message_id":(\d+)/;
	my ($key) = $request =~ /^Idempotency-Key: (\S+)/m;
	$keys{$id}{$key} = 1 if grep { $_ == $id } @slow;
}
is(scalar(keys %keys), 5, 'each has arrived');
is(scalar(grep { 1 == keys %$_ } values %keys), 5, 'always with the same key');

# ---- two at once ----

sql(q{WITH m AS (INSERT INTO pulse_internal.message (channel, recipient, language, subject, body, created_at, not_before)
	SELECT 'ok', 'pair-' || n, 'en', 's', 'b', now(), now() FROM generate_series(1, 200) n RETURNING *) INSERT INTO pulse_internal.queue (message_id, not_before, channel) SELECT message_id, not_before, channel FROM m});
my @pair = map { start_relay('--config', config_file(worker => "pair$_", batch => 4)) } 1, 2;
ok(wait_until(sub { sql("SELECT count(*) FROM pulse.messages WHERE recipient LIKE 'pair-%' AND state = 'sent'") == 200 }),
	'two relays deliver two hundred messages');
stop_relay($_, 'TERM') for @pair;
my @arrived = map { /"recipient":"(pair-\d+)"/ } received('http', qr/"pair-/);
is(scalar(@arrived), 200, 'two hundred calls');
is(scalar(keys %{ { map { $_ => 1 } @arrived } }), 200, 'none twice');

# ---- delivery held, and the tick ----

$node->safe_psql('postgres', 'CREATE DATABASE stub');
$node->safe_psql('stub', q{
	CREATE SCHEMA pulse;
	GRANT USAGE ON SCHEMA pulse TO courier;
	CREATE FUNCTION pulse.delivery_identity() RETURNS text LANGUAGE sql RETURN '7/7';
	CREATE FUNCTION pulse.claim_messages(text, int, interval, text[], text[]) RETURNS TABLE (message_id bigint, lease_token bigint,
		channel text, recipient text, recipient_name text, copies text[], subject text, body text, variables jsonb,
		idempotency_key text, attempt int, created_at timestamptz) LANGUAGE plpgsql AS
	$$ BEGIN RAISE EXCEPTION 'delivery is held' USING ERRCODE = 'SP902'; END $$;
	CREATE SEQUENCE pulse.ticks;
	GRANT USAGE ON SEQUENCE pulse.ticks TO courier;
	CREATE FUNCTION pulse.tick(max_events int DEFAULT 10000, on_failure text DEFAULT 'raise', OUT events int, OUT firings int, OUT more boolean)
		LANGUAGE sql BEGIN ATOMIC SELECT 0, 0, nextval('pulse.ticks') < 3; END;
});
my $stub = config_file(database => $node->connstr('stub') . ' user=courier', identity => '7/7');
($code, $out, $err) = deliver_once($stub);
is($code, 1, '--once while delivery is held');
like($err, qr/event=delivery_held/, 'says so');
$running = start_relay('--config', $stub, '--run-every', '1m');
ok(wait_until(sub { $node->safe_psql('stub', 'SELECT last_value >= 3 FROM pulse.ticks') eq 't' }),
	'--run-every calls the tick, again at once while there is more');
is(stop_relay($running, 'TERM'), 0, 'stopped');
is(() = $running->{err} =~ /event=delivery_held/g, 1, 'held delivery is logged once');

sql(q{
	CREATE SCHEMA app;
	CREATE TABLE app.sale (day date);
	SELECT pulse.create_rollup('daily', 'app.sale', 'day', rollup_schema => 'app');
	INSERT INTO app.sale VALUES ('2026-01-01');
});
$running = start_relay('--config', $config, '--run-every', '1m');
ok(wait_until(sub { sql('SELECT row_count FROM app.daily_cells') eq '1' }), 'the real tick has worked, with the rights of a relay');
is(stop_relay($running, 'TERM'), 0, 'stopped');

# ---- personal data ----

unlike($log, qr/13812345678|\b(li|wang|zhao|sun|refused\d|grey\d)\@example/, 'no number and no address in any log');

$node->stop;
done_testing();
