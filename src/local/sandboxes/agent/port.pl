# Connections to ports of the container's loopback interface.

# port NUMBER
$OPEN{port} = sub {
    my ($id, $port) = @_;
    add_channel($id, is_socket => 1, is_connecting => 1, port => $port, families => [AF_INET, AF_INET6],
        outputs => {});
    try_next($channels{$id});
};

# Begins to connect by the next family of addresses.
sub try_next {
    my ($channel) = @_;
    my $family = shift @{ $channel->{families} };
    if (!defined $family || !socket my $socket, $family, SOCK_STREAM, 0) {
        delete $channels{ $channel->{id} };
        return fail($channel->{id}, 'unavailable', 'the port is not open');
    }
    else {
        set_blocking($socket, 0);
        my $address = $family == AF_INET
            ? pack_sockaddr_in($channel->{port}, INADDR_LOOPBACK)
            : pack_sockaddr_in6($channel->{port}, Socket::IN6ADDR_LOOPBACK);
        $channel->{input} = $socket;
        if (!connect($socket, $address) && !$!{EINPROGRESS}) { try_next($channel) }
    }
}

# Called when the socket can be written to: it is connected, or that has failed.
sub connected {
    my ($channel) = @_;
    my $error = unpack 'i', getsockopt($channel->{input}, SOL_SOCKET, SO_ERROR);
    return try_next($channel) if $error;
    $channel->{is_connecting} = 0;
    $channel->{outputs} = { o => $channel->{input} };
    send_frame($channel->{id}, 'P', 0);
}
