# Watching directories.

my %IN = (
    MODIFY => 0x2, ATTRIB => 0x4, MOVED_FROM => 0x40, MOVED_TO => 0x80, CREATE => 0x100,
    DELETE => 0x200, DELETE_SELF => 0x400, MOVE_SELF => 0x800, ISDIR => 0x40000000,
);
my $WATCHED = 0xFC6;

# The types of events, with the flags that stand for them, in envd's order.
my @TYPES = (
    [create => $IN{CREATE} | $IN{MOVED_TO}], [rename => $IN{MOVE_SELF} | $IN{MOVED_FROM}],
    [chmod  => $IN{ATTRIB}],                 [write  => $IN{MODIFY}],
    [remove => $IN{DELETE} | $IN{DELETE_SELF}],
);

# file watch USER DEFAULT-DIRECTORY PATH RECURSIVE: prints an empty record when it begins, then for
# each event a record of its type, its path relative to the directory and, where there is one, the
# entry.
$CALL{watch} = sub {
    my ($user, $default, $path, $is_recursive) = @_;
    $path = resolve($path, $user, $default);
    stat $path or fail_file('path not found:', $path);
    -d _ or die "invalid_argument\0path $path not a directory\n";
    my $inotify = syscall($CALL->{inotify_init}, 0);
    die "internal\0error creating watcher: $!\n" if $inotify < 0;
    open my $events, '<&=', $inotify or die "internal\0error creating watcher: $!\n";
    my %directories;
    watch_directory($inotify, \%directories, $path, '', $is_recursive);
    print_record();
    while (sysread($events, my $bytes, 65536)) {
        while (length $bytes) {
            my ($watch, $flags, undef, $name) = unpack 'lLLL/a', $bytes;
            my ($length) = unpack 'x12L', $bytes;
            substr $bytes, 0, 16 + $length, '';
            $name =~ s/\0.*\z//s;
            my $directory = $directories{$watch} // next;
            my $relative = $name eq '' ? $directory : $directory eq '' ? $name : "$directory/$name";
            report($path, $relative, $flags);
            if ($is_recursive && $flags & $IN{ISDIR} && $flags & ($IN{CREATE} | $IN{MOVED_TO})) {
                # What was made in it meanwhile has caused no event.
                my $found = watch_directory($inotify, \%directories, $path, $relative, 1);
                report($path, $_, $IN{CREATE}) for @$found;
            }
        }
    }
};

# Watches a directory, and those below it; the paths of what is in them.
sub watch_directory {
    my ($inotify, $directories, $root, $relative, $is_recursive) = @_;
    my $path = $relative eq '' ? $root : "$root/$relative";
    my $watch = syscall($CALL->{inotify_add}, $inotify, $path, $WATCHED);
    if ($watch < 0) {
        fail_file('error adding path to watcher', $path) if $relative eq '' || $!{ENOSPC};
        return [];
    }
    $directories->{$watch} = $relative;
    my @found;
    return \@found unless $is_recursive && opendir(my $handle, $path);
    for my $name (sort grep { $_ ne '.' && $_ ne '..' } readdir $handle) {
        my $below = $relative eq '' ? $name : "$relative/$name";
        push @found, $below;
        next if -l "$path/$name" || !-d _;
        push @found, @{ watch_directory($inotify, $directories, $root, $below, 1) };
    }
    return \@found;
}

sub report {
    my ($root, $relative, $flags) = @_;
    my $path = $relative eq '' ? $root : "$root/$relative";
    for (@TYPES) {
        my ($type, $mask) = @$_;
        next unless $flags & $mask;
        my @entry = $type =~ /^(?:create|write|chmod)\z/ ? entry($path) : ();
        print_record($type, $relative eq '' ? '.' : $relative, @entry);
    }
}
