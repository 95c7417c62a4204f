# Crash.pm: sessions at work on a PostgreSQL::Test::Cluster whose postmaster is killed.
package Crash;

use strict;
use warnings;
use Exporter qw(import);
use IPC::Run qw(start);
use PostgreSQL::Test::Utils;
use Time::HiRes qw(usleep);

our @EXPORT = qw(background crash);

# a session that runs a statement; what it complains of is in worker.err
sub background
{
	my ($node, $text, $database) = @_;
	return start([ 'psql', '-Xq', '-d', $node->connstr($database // 'postgres'), '-c', $text ],
		'<', \undef, '>', '/dev/null', '2>', "$PostgreSQL::Test::Utils::tmp_check/worker.err");
}

# kill -9 of the postmaster while the sessions work; then the server is there again
sub crash
{
	my ($node, @sessions) = @_;
	$node->kill9;
	$_->finish for @sessions;
	# the old backends may take a moment to notice
	for (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default)
	{
		return if $node->start(fail_ok => 1);
		$node->stop('fast', fail_ok => 1);
		usleep(100_000);
	}
	die 'the server does not start again';
}

1;
