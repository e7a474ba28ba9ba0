FROM debian:bookworm
ADD https://example.com/a.tgz /opt/
RUN --mount=type=cache,target=/c --mount=type=secret,id=token make
