# The agent: process 1 of a sandbox's container. It connects the server to processes, files and ports
# in the container, over its standard input and output. When the input ends, it ends, and with it
# the container.
#
# Both directions carry frames: the number of a channel (4 bytes, big-endian), a letter, the length
# of the payload (4 bytes) and the payload. The server sends:
#
#   O  open a channel: a list of texts, each behind its length; the first is the kind
#   I  input                        C  no more input
#   W  as many more bytes of output are wanted (a decimal number)
#   K  a signal (a number)          R  the size of the terminal (columns, rows)
#   X  the channel is given up
#
# The agent sends:
#
#   P  the channel is open: the ID of its process, or 0     F  it is not: a code, a zero, a message
#   o  output                       e  errors
#   A  as many bytes of input were taken (a decimal number)
#   E  the end: `exit` or `signal`, and a number
#
# No end sends more than the other has asked for, so one slow channel stops no other.
use strict;
use warnings;
no warnings 'exec';
use Errno;
use Fcntl;
use POSIX ();
use Socket;
use Time::HiRes ();

# The numbers of system calls that Perl has no name for.
my %CALLS = (
    x86_64 => {
        signalfd => 289, inotify_init => 294, inotify_add => 254,
        setxattr => 188, getxattr => 191, listxattr => 194,
    },
    aarch64 => {
        signalfd => 74, inotify_init => 26, inotify_add => 27,
        setxattr => 5, getxattr => 8, listxattr => 11,
    },
);
our $CALL = $CALLS{ (POSIX::uname())[4] } or die "sbx: unknown architecture\n";

# The bytes of output that a channel may send before it is asked for more.
my $WINDOW = 1 << 20;
# The bytes of output in one frame.
my $CHUNK = 64 << 10;

our %channels;
my %of_process;
my $control = '';

$SIG{PIPE} = 'IGNORE';
my $blocked = POSIX::SigSet->new(POSIX::SIGCHLD());
POSIX::sigprocmask(POSIX::SIG_BLOCK(), $blocked);
# Signals that arrive between a look and a wait are not lost in a file.
my $mask = pack 'Q', 1 << (POSIX::SIGCHLD() - 1);
my $signals = syscall($CALL->{signalfd}, -1, $mask, 8, 02004000);
die "sbx: signalfd: $!\n" if $signals < 0;
open(my $ended, '<&=', $signals) or die "sbx: $!\n";
binmode STDIN;
binmode STDOUT;
$0 = 'sbx-agent';
open(STDERR, '>', '/dev/null');

sub write_all {
    my ($handle, $bytes) = @_;
    my $at = 0;
    while ($at < length $bytes) {
        my $count = syswrite $handle, $bytes, length($bytes) - $at, $at;
        if (defined $count) { $at += $count }
        elsif (!$!{EINTR} && !$!{EAGAIN}) { return 0 }
    }
    return 1;
}

sub send_frame {
    my ($id, $kind, $payload) = @_;
    write_all(\*STDOUT, pack('NaN', $id, $kind, length $payload) . $payload) or POSIX::_exit(0);
}

sub fail {
    my ($id, $code, $message) = @_;
    send_frame($id, 'F', "$code\0$message");
}

# Fails for what Perl has died of: a code, a zero and a message, or an error of its own.
sub fail_with {
    my ($id, $why) = @_;
    $why =~ s/\n\z//;
    fail($id, $why =~ /\0/ ? split(/\0/, $why, 2) : ('internal', $why));
}

sub set_blocking {
    my ($handle, $is_blocking) = @_;
    my $flags = fcntl($handle, F_GETFL, 0);
    $flags = $is_blocking ? $flags & ~O_NONBLOCK : $flags | O_NONBLOCK;
    fcntl($handle, F_SETFL, $flags);
}

# Adds a channel. `input` is where input goes, `outputs` maps letters to what is read.
sub add_channel {
    my ($id, %channel) = @_;
    set_blocking($_, 0) for grep { defined } $channel{input}, values %{ $channel{outputs} };
    $channels{$id} = { id => $id, window => $WINDOW, waiting => '', %channel };
    $of_process{ $channel{pid} } = $id if $channel{pid};
}

sub close_input {
    my ($channel) = @_;
    my $input = delete $channel->{input} or return;
    # Input that the process did not take counts as taken.
    send_frame($channel->{id}, 'A', length $channel->{waiting}) if length $channel->{waiting};
    $channel->{waiting} = '';
    if    ($channel->{is_socket}) { shutdown $input, 1 }
    elsif (!$channel->{is_terminal}) { close $input }
}

# Removes a channel that has ended: its process is gone and its output is closed.
sub finish {
    my ($channel) = @_;
    return if %{ $channel->{outputs} };
    return if $channel->{pid} && !defined $channel->{status};
    return if $channel->{is_connecting};
    close_input($channel);
    my $status = $channel->{status} || 0;
    my $signal = $status & 127;
    send_frame($channel->{id}, 'E', $signal ? "signal $signal" : 'exit ' . ($status >> 8));
    delete $channels{ $channel->{id} };
}

sub feed {
    my ($channel) = @_;
    my $count = syswrite $channel->{input}, $channel->{waiting};
    if (defined $count) {
        substr($channel->{waiting}, 0, $count, '');
        send_frame($channel->{id}, 'A', $count);
        close_input($channel) if $channel->{is_closing} && !length $channel->{waiting};
    }
    elsif (!$!{EINTR} && !$!{EAGAIN}) {
        close_input($channel);
    }
}

sub drain {
    my ($channel, $kind, $most) = @_;
    my $output = $channel->{outputs}{$kind};
    my $count = sysread($output, my $bytes, $most);
    if ($count) {
        $channel->{window} -= $count;
        send_frame($channel->{id}, $kind, $bytes);
        return 1;
    }
    # The end of a terminal is an error.
    if (defined $count || (!$!{EINTR} && !$!{EAGAIN})) {
        delete $channel->{outputs}{$kind};
        finish($channel);
    }
    return 0;
}

# Notes the processes that have ended. The container's orphans are among them.
sub reap {
    sysread($ended, my $ignored, 128 * 16);
    while ((my $pid = waitpid -1, POSIX::WNOHANG()) > 0) {
        my $status = $?;
        my $id = delete $of_process{$pid};
        my $channel = defined $id ? $channels{$id} : undef or next;
        $channel->{status} = $status;
        if ($channel->{is_signaled}) {
            # Who ends a process does not wait for those that it has started.
            for my $kind (keys %{ $channel->{outputs} }) {
                my $left = 16;
                $left-- while $left && $channels{$id} && drain($channel, $kind, $CHUNK);
            }
            $channel->{outputs} = {};
        }
        finish($channel) if $channels{$id};
    }
}

sub drop {
    my ($channel) = @_;
    kill 'KILL', $channel->{pid} if $channel->{pid} && !defined $channel->{status};
    delete $of_process{ $channel->{pid} } if $channel->{pid};
    delete $channels{ $channel->{id} };
}

# The kinds of channels. Each is called with the channel's number and its arguments.
our %OPEN;

sub take_frame {
    my ($id, $kind, $payload) = @_;
    if ($kind eq 'O') {
        my ($what, @arguments) = unpack '(N/a)*', $payload;
        return $OPEN{$what}->($id, @arguments);
    }
    my $channel = $channels{$id};
    if ($kind eq 'I') {
        if (!$channel || !$channel->{input}) { return send_frame($id, 'A', length $payload) }
        $channel->{waiting} .= $payload;
        return;
    }
    return unless $channel;
    if ($kind eq 'C') {
        $channel->{is_closing} = 1;
        close_input($channel) unless length $channel->{waiting};
    }
    elsif ($kind eq 'W') { $channel->{window} += $payload }
    elsif ($kind eq 'X') { drop($channel) }
    elsif ($kind eq 'K') {
        $channel->{is_signaled} = 1;
        kill $payload + 0, $channel->{pid} if $channel->{pid} && !defined $channel->{status};
        # The process has ended, and others hold its output.
        if (defined $channel->{status}) { $channel->{outputs} = {}; finish($channel) }
    }
    elsif ($kind eq 'R') { resize($channel, split / /, $payload) }
}

sub take_control {
    my $count = sysread STDIN, $control, 1 << 18, length $control;
    if (!$count) {
        return if !defined $count && ($!{EINTR} || $!{EAGAIN});
        POSIX::_exit(0);
    }
    my $at = 0;
    while (length($control) - $at >= 9) {
        my ($id, $kind, $length) = unpack "x$at NaN", $control;
        last if length($control) - $at < 9 + $length;
        take_frame($id, $kind, substr $control, $at + 9, $length);
        $at += 9 + $length;
    }
    substr($control, 0, $at, '') if $at;
}

sub serve {
    send_frame(0, 'P', $$);
    while (1) {
        my ($read, $write) = ('', '');
        vec($read, 0, 1) = 1;
        vec($read, fileno $ended, 1) = 1;
        for my $channel (values %channels) {
            if ($channel->{window} > 0 && !$channel->{is_connecting}) {
                vec($read, fileno $_, 1) = 1 for values %{ $channel->{outputs} };
            }
            if ($channel->{is_connecting} || length $channel->{waiting}) {
                vec($write, fileno $channel->{input}, 1) = 1;
            }
        }
        next if select($read, $write, undef, undef) < 0;
        for my $channel (values %channels) {
            my $input = $channel->{input};
            if ($input && vec($write, fileno $input, 1)) {
                if   ($channel->{is_connecting}) { connected($channel) }
                else                             { feed($channel) }
            }
            for my $kind (sort keys %{ $channel->{outputs} }) {
                my $output = $channel->{outputs}{$kind} or next;
                next unless vec($read, fileno $output, 1) && $channel->{window} > 0;
                my $most = $channel->{window} < $CHUNK ? $channel->{window} : $CHUNK;
                drain($channel, $kind, $most);
            }
        }
        reap() if vec($read, fileno $ended, 1);
        take_control() if vec($read, 0, 1);
    }
}
