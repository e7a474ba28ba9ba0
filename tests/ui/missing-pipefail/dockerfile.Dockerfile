FROM debian:12
RUN curl -fsSL https://example.com/install | bash -s -- --yes
RUN curl -fsSL https://example.com/a.tgz | tar xz
