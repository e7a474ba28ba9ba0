# Files: each call is a process of its own, so that a slow disk stops no other call. Like envd, they
# act as root, and what they make belongs to the user.

# Opens a channel whose process runs a part of the agent as root. What it dies of, a code, a zero and
# a message, goes to standard error.
sub open_helper {
    my ($id, $run) = @_;
    my $pid = eval { start_with_pipes($id, 1, $run) };
    return defined $pid ? send_frame($id, 'P', 0) : fail_with($id, $@);
}

# file CALL USER DEFAULT-DIRECTORY ARGUMENT…
our %CALL;
$OPEN{file} = sub {
    my ($id, $call, $name, $default, @arguments) = @_;
    open_helper($id, sub {
        my $user = find_user($name) or die "unauthenticated\0invalid username: '$name'\n";
        $CALL{$call}->($user, $default, @arguments);
    });
};

# Prints a list of texts, each behind its length, all behind the length of the list.
sub print_record {
    write_all(\*STDOUT, pack 'N/a', pack '(N/a)*', @_);
}

# The error of the last system call.
sub fail_file {
    my ($what, $path) = @_;
    my $code = $!{ENOENT} ? 'not_found' : $!{ENOTDIR} ? 'invalid_argument'
        : $!{ENOSPC} || $!{EDQUOT} ? 'resource_exhausted' : $!{ELOOP} ? 'failed_precondition' : 'internal';
    die "$code\0$what '$path': $!\n";
}

my (%owners, %groups);

# What a path is, without following it: path, mode, size, seconds and nanoseconds of the last change,
# owner, group, where a link leads to, mode of that, and metadata.
sub entry {
    my ($path) = @_;
    my @found = Time::HiRes::lstat $path or return;
    my ($mode, $uid, $gid, $size, $time) = @found[2, 4, 5, 7, 9];
    my ($target, $target_mode) = ('', '');
    if (-l _) {
        $target = real_path($path) // $path;
        my @there = stat $target;
        $target_mode = $there[2] if @there;
    }
    my $owner = $owners{$uid} //= getpwuid $uid // $uid;
    my $group = $groups{$gid} //= getgrgid $gid // $gid;
    my $seconds = POSIX::floor($time);
    my $nanoseconds = int(($time - $seconds) * 1e6 + 0.5) * 1000;
    return ($path, $mode, $size, $seconds, $nanoseconds, $owner, $group, $target, $target_mode,
        metadata($path));
}

# A path without links.
sub real_path {
    my ($path) = @_;
    require Cwd;
    my $real = Cwd::abs_path($path);
    return defined $real && lstat $real ? $real : undef;
}

my $PREFIX = 'user.e2b.';

# The metadata of a file: names and values in turn.
sub metadata {
    my ($path) = @_;
    my $names = "\0" x 65536;
    my $count = syscall($CALL->{listxattr}, $path, $names, 65536);
    return if $count <= 0;
    my @found;
    for my $name (grep { /^\Q$PREFIX\E/ } split /\0/, substr $names, 0, $count) {
        my ($asked, $value) = ("$name\0", "\0" x 65536);
        my $length = syscall($CALL->{getxattr}, $path, $asked, $value, 65536);
        push @found, substr($name, length $PREFIX), substr $value, 0, $length if $length >= 0;
    }
    return @found;
}

sub print_entry {
    my ($path) = @_;
    my @entry = entry($path) or fail_file('file not found', $path);
    print_record(@entry);
}

# Makes the directories of a path that are missing, for a user.
sub ensure_directories {
    my ($path, $user) = @_;
    my $made = '';
    for my $part (grep { $_ ne '' } split m{/}, $path) {
        $made .= "/$part";
        next if -d $made;
        die "invalid_argument\0path is a file: $made\n" if -e _;
        mkdir $made, 0755 or $!{EEXIST} or fail_file('cannot make', $made);
        chown $user->{uid}, $user->{gid}, $made or fail_file('cannot chown', $made);
    }
}

sub parent { return $_[0] =~ m{^(.*)/[^/]*\z}s && $1 ne '' ? $1 : '/' }

$CALL{stat} = sub {
    my ($user, $default, $path) = @_;
    print_entry(resolve($path, $user, $default));
};

$CALL{list} = sub {
    my ($user, $default, $path, $depth) = @_;
    $path = resolve($path, $user, $default);
    my $real = real_path($path) // fail_file('path not found', $path);
    -d $real or die "invalid_argument\0path is not a directory: $real\n";
    list_directory($real, $path =~ s{(.)/+\z}{$1}r, $depth);
};

# Prints the entries of a directory under the name by which it was asked for.
sub list_directory {
    my ($directory, $shown, $depth) = @_;
    opendir my $handle, $directory or fail_file('error reading directory', $directory);
    for my $name (sort grep { $_ ne '.' && $_ ne '..' } readdir $handle) {
        my $path = ($directory eq '/' ? '' : $directory) . "/$name";
        my @entry = entry($path) or next;
        $entry[0] = ($shown eq '/' ? '' : $shown) . "/$name";
        print_record(@entry);
        list_directory($path, $entry[0], $depth - 1) if $depth > 1 && !-l $path && -d _;
    }
}

$CALL{make} = sub {
    my ($user, $default, $path) = @_;
    $path = resolve($path, $user, $default);
    die "already_exists\0directory already exists: $path\n" if -d $path;
    die "invalid_argument\0path already exists but it is not a directory: $path\n" if -e _;
    ensure_directories($path, $user);
    print_entry($path);
};

$CALL{move} = sub {
    my ($user, $default, $source, $destination) = @_;
    $_ = resolve($_, $user, $default) for $source, $destination;
    ensure_directories(parent($destination), $user);
    rename $source, $destination or fail_file('source file not found', $source);
    print_entry($destination);
};

$CALL{remove} = sub {
    my ($user, $default, $path) = @_;
    remove_all(resolve($path, $user, $default));
};

# Removes a file, or a directory with its content. Links are not followed.
sub remove_all {
    my ($path) = @_;
    return unless lstat $path;
    if (-d _) {
        opendir my $handle, $path or fail_file('error removing file or directory', $path);
        remove_all("$path/$_") for grep { $_ ne '.' && $_ ne '..' } readdir $handle;
        closedir $handle;
        rmdir $path or $!{ENOENT} or fail_file('error removing file or directory', $path);
    }
    else {
        unlink $path or $!{ENOENT} or fail_file('error removing file or directory', $path);
    }
}

# Prints a record of path, size and time of the last change, and then the content, or the part from
# a first to a last byte. Without a first byte, the last one is a number of bytes at the end.
$CALL{read} = sub {
    my ($user, $default, $path, $first, $last) = @_;
    $path = resolve($path, $user, $default);
    my @found = stat $path or fail_file('path does not exist:', $path);
    die "invalid_argument\0path '$path' is a directory\n" if -d _;
    open my $file, '<', $path or fail_file('error opening file', $path);
    my $size = $found[7];
    ($first, $last) = range($size, $first, $last);
    print_record($path, $size, $found[9], $first, $last);
    sysseek $file, $first, 0 if $first;
    # Files of /proc have a size of 0 and a content.
    my $left = $size && -f $file ? $last - $first + 1 : -1;
    while ($left) {
        my $count = sysread($file, my $bytes, $left > 0 && $left < 65536 ? $left : 65536);
        last if !$count;
        write_all(\*STDOUT, $bytes) or last;
        $left -= $count if $left > 0;
    }
};

# The first and the last byte of a part; the last is before the first if there is none.
sub range {
    my ($size, $first, $last) = @_;
    return (0, $size - 1) if $first eq '' && $last eq '';
    ($first, $last) = ($last < $size ? $size - $last : 0, $size - 1) if $first eq '';
    $last = $size - 1 if $last eq '' || $last >= $size;
    return ($first, $last);
}

# Writes standard input to a file, and prints its path. METADATA are names and values.
$CALL{write} = sub {
    my ($user, $default, $path, @metadata) = @_;
    $path = resolve($path, $user, $default);
    ensure_directories(parent($path), $user);
    die "invalid_argument\0path is a directory: $path\n" if -d $path;
    sysopen my $file, $path, O_WRONLY | O_CREAT | O_TRUNC, 0666 or fail_file('error opening file', $path);
    chown $user->{uid}, $user->{gid}, $file or fail_file('error changing file ownership', $path);
    while (1) {
        my $count = sysread(STDIN, my $bytes, 65536);
        last if defined $count && !$count;
        next if !defined $count && $!{EINTR};
        write_all($file, $bytes) or fail_file('error writing file', $path);
    }
    close $file or fail_file('error writing file', $path);
    while (my ($name, $value) = splice @metadata, 0, 2) {
        $name = "$PREFIX$name\0";
        syscall($CALL->{setxattr}, $path, $name, $value, length $value, 0);
    }
    print_record($path);
};
