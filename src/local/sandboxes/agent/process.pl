# Processes, with pipes or a terminal.

# Of a user: the name, the numbers and the home directory.
sub find_user {
    my ($name) = @_;
    my @found = getpwnam $name or return;
    return { name => $found[0], uid => $found[2], gid => $found[3], home => $found[7] };
}

# A path as envd reads it: `~` and relative paths are those of the user. The default is for an empty
# one.
sub resolve {
    my ($path, $user, $default) = @_;
    $path = $default if $path eq '';
    if ($path =~ m{^~}) {
        die "invalid_argument\0cannot expand user-specific home dir\n" unless $path =~ m{^~(?:[/\\]|\z)};
        $path = clean($user->{home} . '/' . substr $path, 1);
    }
    return $path if $path =~ m{^/};
    return clean($user->{home} . '/' . $path);
}

# A path without `.`, `..` and double slashes.
sub clean {
    my @parts;
    for my $part (split m{/}, $_[0]) {
        if    ($part eq '' || $part eq '.') { }
        elsif ($part eq '..')               { pop @parts }
        else                                { push @parts, $part }
    }
    return '/' . join '/', @parts;
}

# Becomes a user, with all its groups.
sub become {
    my ($user) = @_;
    my @groups = ($user->{gid});
    setgrent;
    while (my ($name, undef, $gid, $members) = getgrent) {
        push @groups, $gid if grep { $_ eq $user->{name} } split ' ', $members;
    }
    endgrent;
    # The first number is the group, all are the supplementary ones.
    $) = join ' ', $user->{gid}, @groups;
    POSIX::setgid($user->{gid});
    POSIX::setuid($user->{uid});
}

# Forks. The child gets back what the agent has changed, and none of its files.
sub fork_child {
    my $pid = fork;
    die "internal\0cannot start a process: $!\n" unless defined $pid;
    return $pid if $pid;
    POSIX::sigprocmask(POSIX::SIG_UNBLOCK(), $blocked);
    $SIG{PIPE} = 'DEFAULT';
    return 0;
}

# The child's standard files. All others are closed: a channel ends when every process has closed
# its files.
sub attach {
    my ($input, $output, $errors) = @_;
    POSIX::dup2(fileno $input,  0);
    POSIX::dup2(fileno $output, 1);
    POSIX::dup2(fileno $errors, 2);
    opendir my $open, '/proc/self/fd' or return;
    my @numbers = grep { /^\d+\z/ && $_ > 2 } readdir $open;
    closedir $open;
    POSIX::close($_) for @numbers;
}

# Runs a part of the agent in a child, which ends with it. What it dies of goes to standard error.
sub run_child {
    my ($run) = @_;
    eval { $run->(); 1 } and POSIX::_exit(0);
    syswrite STDERR, $@ =~ s/\n\z//r;
    POSIX::_exit(1);
}

sub open_terminal {
    my ($cols, $rows) = @_;
    sysopen(my $master, '/dev/ptmx', O_RDWR | O_NOCTTY) or die "internal\0cannot open a terminal: $!\n";
    my $number = pack 'i', 0;
    ioctl($master, 0x40045431, $number) or die "internal\0cannot unlock a terminal: $!\n";
    ioctl($master, 0x80045430, $number) or die "internal\0cannot name a terminal: $!\n";
    set_size($master, $cols, $rows);
    return ($master, '/dev/pts/' . unpack 'i', $number);
}

sub set_size {
    my ($terminal, $cols, $rows) = @_;
    my $size = pack 'S4', $rows, $cols, 0, 0;
    ioctl($terminal, 0x5414, $size);
}

sub resize {
    my ($channel, $cols, $rows) = @_;
    set_size($channel->{input}, $cols, $rows) if $channel->{is_terminal} && $channel->{input};
}

sub run {
    my ($user, $directory, $variables, @command) = @_;
    become($user);
    if (!chdir $directory) {
        syswrite STDERR, "cannot enter $directory: $!\n";
        POSIX::_exit(126);
    }
    %ENV = (
        PATH => '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        HOME => $user->{home}, USER => $user->{name}, LOGNAME => $user->{name},
    );
    for (@$variables) {
        my ($name, $value) = split /=/, $_, 2;
        $ENV{$name} = $value;
    }
    exec { $command[0] } @command;
    my $code = $!{ENOENT} ? 127 : 126;
    syswrite STDERR, "$command[0]: $!\n";
    POSIX::_exit($code);
}

# process USER DIRECTORY DEFAULT-DIRECTORY TERMINAL STDIN COUNT VARIABLE… COMMAND…
# TERMINAL is its size or empty; STDIN is 1 or empty.
$OPEN{process} = sub {
    my ($id, $name, $directory, $default, $terminal, $stdin, $count, @rest) = @_;
    my @variables = splice @rest, 0, $count;
    my $user = find_user($name) or return fail($id, 'unauthenticated', "invalid username: '$name'");
    my $pid = eval {
        $directory = resolve($directory, $user, $default);
        -e $directory or die "invalid_argument\0cwd '$directory' does not exist\n";
        $terminal ne ''
            ? start_in_terminal($id, $terminal, sub { run($user, $directory, \@variables, @rest) })
            : start_with_pipes($id, $stdin, sub { run($user, $directory, \@variables, @rest) });
    };
    return defined $pid ? send_frame($id, 'P', $pid) : fail_with($id, $@);
};

sub start_in_terminal {
    my ($id, $size, $run) = @_;
    my ($master, $path) = open_terminal(split / /, $size);
    my $pid = fork_child();
    if (!$pid) {
        POSIX::setsid();
        # It is the first that the session opens, and so its own.
        open my $slave, '+<', $path or POSIX::_exit(126);
        ioctl($slave, 0x540E, 0);
        attach($slave, $slave, $slave);
        run_child($run);
    }
    add_channel($id, pid => $pid, is_terminal => 1, input => $master, outputs => { o => $master });
    return $pid;
}

# Starts a process with pipes; without `$stdin`, its standard input is empty.
sub start_with_pipes {
    my ($id, $stdin, $run) = @_;
    my ($in, $input);
    if ($stdin) { pipe $in, $input or die "internal\0$!\n" }
    else        { open $in, '<', '/dev/null' or die "internal\0$!\n" }
    pipe my $output, my $out or die "internal\0$!\n";
    pipe my $errors, my $err or die "internal\0$!\n";
    my $pid = fork_child();
    if (!$pid) {
        attach($in, $out, $err);
        run_child($run);
    }
    add_channel($id, pid => $pid, input => $input, outputs => { o => $output, e => $errors });
    return $pid;
}
