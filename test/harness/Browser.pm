# Browser.pm: a headless Chromium driven over its DevTools pipe; core Perl only.
#
#   my $browser = Browser->start or die;		# undef where there is none
#   my $seen = $browser->look($file, width => 390, height => 844, mobile => 1, shot => 'x.png');
#
# $seen->{errors}: what the console or the loader complained of; {width} and
# {viewport}: how wide the document is and may be; {figures}: for each element
# with data-value its data-figure or text and the value; {small}: texts that are
# too small to read; {faint}: texts whose contrast is under 4.5.
package Browser;

use strict;
use warnings;
use JSON::PP;
use File::Temp qw(tempdir);
use POSIX ();

sub start
{
	my ($class) = @_;
	my ($program) = grep { -x } map { my $name = $_; map { "$_/$name" } split /:/, $ENV{PATH} } qw(chromium chromium-browser google-chrome);
	return undef unless defined $program;
	pipe(my $their_in, my $our_out) or die "pipe: $!";
	pipe(my $our_in, my $their_out) or die "pipe: $!";
	my $home = tempdir(CLEANUP => 1);
	my $pid = fork // die "fork: $!";
	if ($pid == 0)
	{
		my ($in, $out) = (POSIX::dup(fileno $their_in), POSIX::dup(fileno $their_out));
		# away from 3 and 4 first, so that neither overwrites the other
		POSIX::dup2($in, 103); POSIX::dup2($out, 104);
		POSIX::dup2(103, 3); POSIX::dup2(104, 4);
		$ENV{HOME} = $home;
		open(STDOUT, '>', '/dev/null');
		open(STDERR, '>', "$home/log");
		exec($program, '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run',
			'--disable-background-networking', '--hide-scrollbars', '--remote-debugging-pipe', "--user-data-dir=$home", 'about:blank') or POSIX::_exit(1);
	}
	close $their_in;
	close $their_out;
	$our_out->autoflush(1);
	my $self = bless { pid => $pid, in => $our_in, out => $our_out, next => 1, buffer => '', events => [], owner => $$, home => $home }, $class;
	my $target = $self->call('Target.createTarget', { url => 'about:blank' });
	return undef unless $target;
	$self->{session} = $self->call('Target.attachToTarget', { targetId => $target->{targetId}, flatten => JSON::PP::true })->{sessionId};
	$self->call("$_.enable") for qw(Page Runtime Log Network);
	return $self;
}

sub read_message
{
	my ($self) = @_;
	while ($self->{buffer} !~ /\0/)
	{
		my $ready = '';
		vec($ready, fileno($self->{in}), 1) = 1;
		return undef unless select($ready, undef, undef, 60);
		my $n = sysread($self->{in}, $self->{buffer}, 1 << 16, length $self->{buffer});
		return undef unless $n;
	}
	$self->{buffer} =~ s/^([^\0]*)\0//s;
	return decode_json($1);
}

sub call
{
	my ($self, $method, $params) = @_;
	my $id = $self->{next}++;
	my %message = (id => $id, method => $method, params => $params // {});
	$message{sessionId} = $self->{session} if $self->{session};
	print { $self->{out} } encode_json(\%message), "\0";
	while (my $answer = $self->read_message)
	{
		if (($answer->{id} // 0) == $id)
		{
			die "$method: $answer->{error}{message}\n" if $answer->{error};
			return $answer->{result};
		}
		push @{ $self->{events} }, $answer if $answer->{method};
	}
	return undef;
}

sub wait_for
{
	my ($self, $method) = @_;
	return if grep { $_->{method} eq $method } @{ $self->{events} };
	while (my $event = $self->read_message)
	{
		push @{ $self->{events} }, $event if $event->{method};
		return if ($event->{method} // '') eq $method;
	}
}

sub evaluate
{
	my ($self, $expression) = @_;
	my $answer = $self->call('Runtime.evaluate', { expression => $expression, returnByValue => JSON::PP::true });
	die "evaluate: $answer->{exceptionDetails}{text}\n" if $answer->{exceptionDetails};
	return $answer->{result}{value};
}

# what is visible and has text of its own: its size, and its contrast with what is behind it
my $INSPECT = <<'JS';
(() => {
	const rgb = (s) => (s.match(/[\d.]+/g) || [0, 0, 0, 0]).map(Number);
	const lum = (c) => { const f = c.slice(0, 3).map(v => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
		return 0.2126 * f[0] + 0.7152 * f[1] + 0.0722 * f[2]; };
	const behind = (e) => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
	const small = [], faint = [];
	for (const e of document.querySelectorAll('body *')) {
		const own = [...e.childNodes].filter(n => n.nodeType === 3).map(n => n.data.trim()).join('');
		if (!own || ['TITLE', 'DESC', 'STYLE', 'title', 'desc', 'style'].includes(e.tagName)) continue;
		const r = e.getBoundingClientRect(), s = getComputedStyle(e);
		if (r.width < 2 || r.height < 2) continue;
		const svg = e.ownerSVGElement, scale = svg ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;
		if (parseFloat(s.fontSize) * scale < 10.5) small.push(own);
		const a = lum(rgb(svg ? s.fill : s.color)), b = lum(behind(e));
		if ((Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5) faint.push(own);
	}
	const figures = [...document.querySelectorAll('[data-value]')].map(e => [e.dataset.figure || e.tagName.toLowerCase(), e.dataset.value, e.tagName === 'rect' || e.tagName === 'circle' ? '' : e.textContent.trim()]);
	const past = [...document.querySelectorAll('main, header, section, dl, h1, h2, p, .chart, .scroll')].filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5).length;
	const unnamed = [...document.querySelectorAll('svg')].filter(e => !e.getAttribute('aria-label') && !e.closest('td')).length;
	return { width: document.documentElement.scrollWidth, viewport: document.documentElement.clientWidth, height: document.documentElement.scrollHeight,
		past, small, faint, figures, unnamed, scripts: document.scripts.length, lang: document.documentElement.lang };
})()
JS

sub look
{
	my ($self, $file, %how) = @_;
	$self->{events} = [];
	$self->call('Emulation.setDeviceMetricsOverride',
		{ width => $how{width}, height => $how{height}, deviceScaleFactor => $how{mobile} ? 2 : 1, mobile => $how{mobile} ? JSON::PP::true : JSON::PP::false });
	$self->call('Emulation.setEmulatedMedia', { media => $how{media} // 'screen',
		features => [ { name => 'prefers-color-scheme', value => $how{scheme} // 'light' } ] });
	$self->call('Page.navigate', { url => "file://$file" });
	$self->wait_for('Page.loadEventFired');
	my $seen = $self->evaluate($INSPECT);
	if ($how{shot})
	{
		require MIME::Base64;
		my $picture = $self->call('Page.captureScreenshot', { format => 'png', captureBeyondViewport => JSON::PP::true,
			clip => { x => 0, y => 0, width => $seen->{viewport}, height => $seen->{height} > 6000 ? 6000 : $seen->{height}, scale => 1 } });
		open(my $out, '>:raw', $how{shot}) or die "$how{shot}: $!";
		print $out MIME::Base64::decode_base64($picture->{data});
		close $out;
	}
	$seen->{errors} = [
		map { $_->{method} eq 'Log.entryAdded' ? $_->{params}{entry}{text}
			: $_->{method} eq 'Runtime.exceptionThrown' ? $_->{params}{exceptionDetails}{text}
			: $_->{method} eq 'Network.loadingFailed' ? $_->{params}{errorText}
			: join ' ', map { $_->{value} // '' } @{ $_->{params}{args} } }
		grep { $_->{method} =~ /^(Log\.entryAdded|Runtime\.exceptionThrown|Network\.loadingFailed)$/
			|| ($_->{method} eq 'Runtime.consoleAPICalled' && $_->{params}{type} =~ /^(error|warning|assert)$/) } @{ $self->{events} } ];
	$seen->{requests} = [ map { $_->{params}{request}{url} } grep { $_->{method} eq 'Network.requestWillBeSent' } @{ $self->{events} } ];
	return $seen;
}

sub DESTROY
{
	my ($self) = @_;
	return unless $self->{pid} && $$ == $self->{owner};
	local ($?, $@);
	eval { delete local $self->{session}; print { $self->{out} } encode_json({ id => $self->{next}++, method => 'Browser.close', params => {} }), "\0" };
	close $self->{out};
	for (1 .. 50)
	{
		return if waitpid($self->{pid}, POSIX::WNOHANG()) != 0;
		select(undef, undef, undef, 0.1);
	}
	kill 'KILL', $self->{pid};
	waitpid($self->{pid}, 0);
}

1;
