# From a report and a digest to what a reader of mails sees: text, HTML, an attached table.
# The last tests ask readers and servers of others, where Node has their packages.
use strict;
use warnings;
use Encode qw(decode_utf8);
use File::Basename qw(dirname);
use lib dirname(__FILE__) . '/../relay';
use IPC::Run qw(run start);
use JSON::PP;
use MIME::Base64 qw(decode_base64);
use MIME::QuotedPrint qw(decode_qp);
use PostgreSQL::Test::Utils;
use Relay;
use Test::More;

my $node = prepare('parts');
my ($smtp) = split ' ', start_server('ports', 'perl', "$top/test/relay/receiver.pl", $folder);
my %channel = (transport => 'smtp', tls => 'none', from => 'Sales desk <desk@example.org>');

sql(q{
	SELECT pulse.set_clock('2026-03-02 07:00+00');
	CREATE TABLE staff (id int, name text, email text);
	INSERT INTO staff VALUES (1, 'Ann', 'ann@example.com');
	CREATE TABLE board (customer text, open numeric);
	INSERT INTO board VALUES ('Acme <Co> & sons', 1200.50), ('华为"甲,乙"', 9);
	SELECT pulse.map_staff('staff', id => 'id', name => 'name', email => 'email');
	SELECT pulse.map_role('boss', holder => '{1}');
	SELECT pulse.create_event('visit', 'customer text');
	SELECT pulse.create_report('晨会 board', 'SELECT customer, open FROM public.board ORDER BY open');
	SELECT pulse.create_report('月报', 'SELECT customer, open FROM public.board ORDER BY open', layout => 'csv');
	SELECT pulse.create_rule('clock', 'EVERY day AT 08:00 THEN send "晨会 board" TO EACH boss and send "月报" TO EACH boss', 'live');
	SELECT pulse.create_rule('visits', 'WHEN visit PER customer THEN mail boss "Look at <this>"', 'live');
	SELECT pulse.set_digest('1', 'mail', '09:00');
});
sub tick { sql("SELECT pulse.set_clock('2026-03-02 $_[0]+00')"); return sql('SELECT pulse.tick()') }
tick('07:30');
sql(q{INSERT INTO pulse_event.visit (at, recorded, customer) SELECT pulse.clock(), pulse.clock(), c FROM unnest('{Acme & Co,Beta}'::text[]) AS c});
tick('08:00');
tick('09:00');

my ($code, $out, $err) = deliver_once(config_file(channels => { mail => { %channel, url => "smtp://127.0.0.1:$smtp" } }));
is($code, 0, 'a run');
my %mails = map { (subject_of($_) => $_) } slurp_all('mail');
is(join('; ', sort keys %mails), '2 messages; 晨会 board (2026-03-02 08:00); 月报 (2026-03-02 08:00)', 'three mails');

# ---- a reader of our own ----

sub header
{
	my ($head, $name) = @_;
	my ($value) = $head =~ /^\Q$name\E: (.*?)\r\n(?![ \t])/ims or return '';
	$value =~ s/\r\n[ \t]+/ /g;
	return $value;
}

sub decode_words
{
	my ($text) = @_;
	$text =~ s/\?= =\?/?==?/g;
	$text =~ s/=\?UTF-8\?B\?([^?]*)\?=/decode_base64($1)/gei;
	return $text;
}

sub subject_of
{
	my ($head) = split /\r\n\r\n/, $_[0], 2;
	return decode_words(header("$head\r\n", 'Subject'));
}

# [type, file name, content] of each part that is no group of parts
sub leaves
{
	my ($entity) = @_;
	my ($head, $body) = split /\r\n\r\n/, $entity, 2;
	$head .= "\r\n";
	my $type = header($head, 'Content-Type');
	if ($type =~ /^multipart\/\w+; boundary="([^"]+)"/)
	{
		my $boundary = $1;
		my (undef, @pieces) = split /^--\Q$boundary\E(?:--)?\r\n/m, "\r\n$body";
		return map { leaves($_) } @pieces;
	}
	my $encoding = header($head, 'Content-Transfer-Encoding');
	my ($name) = header($head, 'Content-Disposition') =~ /filename\*=UTF-8''(\S+)/;
	$name =~ s/%(..)/chr hex $1/ge if defined $name;
	my $content = $encoding eq 'base64' ? decode_base64($body) : decode_qp($body);
	$content =~ s/\r\n/\n/g;
	return [ $type, $name // '', $content ];
}

my $csv = "\xef\xbb\xbfcustomer,open\n\"华为\"\"甲,乙\"\"\",9\nAcme <Co> & sons,1200.50";
my @board = leaves($mails{'晨会 board (2026-03-02 08:00)'});
is(join(' ', map { $_->[0] } @board), 'text/plain; charset=UTF-8 text/html; charset=UTF-8', 'a table: as text, and as HTML');
like($board[0][2], qr/^customer +open\n华为"甲,乙" +9\n/, 'its text');
like($board[1][2], qr{<td>Acme &lt;Co&gt; &amp; sons</td><td align="right">1200.50</td>}, 'its HTML');
my @month = leaves($mails{'月报 (2026-03-02 08:00)'});
is(join(' ', map { $_->[0] } @month), 'text/plain; charset=UTF-8 text/csv; charset=UTF-8', 'CSV: a text, and an attachment');
like($month[0][2], qr/^2 rows, attached as 月报.csv\./, 'the text names it');
is($month[1][1], '月报.csv', 'its name');
is($month[1][2], $csv, 'its content');
my @digest = leaves($mails{'2 messages'});
is(join(' ', map { $_->[0] } @digest), 'text/plain; charset=UTF-8 text/html; charset=UTF-8', 'a digest: as text, and as HTML');
like($digest[1][2], qr{<ol>\n<li><strong>visits: Acme &amp; Co</strong>.*Look at &lt;this&gt;.*<li><strong>visits: Beta</strong>.*</ol>}s, 'a list, escaped');

# ---- readers of others ----

my $reader = q{
	const { simpleParser } = require('mailparser');
	let mail = [];
	process.stdin.on('data', d => mail.push(d)).on('end', () => simpleParser(Buffer.concat(mail)).then(m => console.log(JSON.stringify({
		subject: m.subject, text: m.text, html: m.html || null,
		attachments: m.attachments.map(a => ({ name: a.filename, type: a.contentType, content: a.content.toString('utf8') })) }))));
};
my $has_parser = run([ 'node', '-e', "require('mailparser')" ], '<', \undef, '>', \my $ignored, '2>', \my $also_ignored);
my $has_server = $has_parser && run([ 'node', '-e', "require('smtp-server')" ], '<', \undef, '>', \$ignored, '2>', \$also_ignored);

SKIP:
{
	skip 'Node or its package mailparser is not installed', 6 unless $has_parser;
	my %seen;
	for my $subject (keys %mails)
	{
		my (undef, $mail) = split /\n/, $mails{$subject}, 2;	# without the receiver's own line
		run([ 'node', '-e', $reader ], '<', \$mail, '>', \my $json) or die 'mailparser failed';
		$seen{$subject} = decode_json($json);
	}
	my $board = $seen{'晨会 board (2026-03-02 08:00)'};
	is($board->{subject}, decode_utf8('晨会 board (2026-03-02 08:00)'), 'mailparser: the subject');
	like($board->{html}, qr{<td>Acme &lt;Co&gt; &amp; sons</td>}, 'the HTML');
	my $month = $seen{'月报 (2026-03-02 08:00)'};
	is(scalar @{ $month->{attachments} }, 1, 'one attachment');
	is($month->{attachments}[0]{name}, decode_utf8('月报.csv'), 'its name');
	(my $content = $month->{attachments}[0]{content}) =~ s/\r\n/\n/g;
	is($content, decode_utf8($csv), 'its content');
	like($seen{'2 messages'}{html}, qr{<li><strong>visits: Beta</strong>}, 'the digest');
}

SKIP:
{
	my $stand_in = ($ENV{PULSE_SHARED} // '') . '/servers/smtpd.js';
	skip 'no stand-in SMTP server, or Node has no package smtp-server', 3 unless $has_server && -e $stand_in;
	my ($said, $complained) = ('', '');
	my $server = start([ 'node', $stand_in ], '<', \undef, '>', \$said, '2>', \$complained);
	skip 'the port of the stand-in SMTP server is taken', 3
	  unless wait_until(sub { $server->pump_nb; $complained ne '' || IO::Socket::INET->new('127.0.0.1:13925') }) && $complained eq '';
	sql(q{UPDATE pulse_internal.report SET max_rows = 1 WHERE name = '月报'});
	sql(q{SELECT pulse.set_clock('2026-03-03 08:00+00'); SELECT pulse.tick()});
	($code) = deliver_once(config_file(channels => { mail => { %channel, url => 'smtp://127.0.0.1:13925' } }));
	is($code, 0, 'a run against the stand-in');
	wait_until(sub { $server->pump_nb; 2 == ($said =~ tr/\n//) });
	my %got = map { my $mail = decode_json($_); ($mail->{subject} => $mail) } split /\n/, $said;
	like($got{ decode_utf8('月报 (2026-03-03 08:00)') }{text}, qr/^1 row, attached/, 'the text of a mail with an attachment');
	like($got{ decode_utf8('晨会 board (2026-03-03 08:00)') }{text}, qr/^customer +open/, 'the text beside HTML');
	$server->kill_kill(grace => 1);
}
$node->stop;
done_testing();
