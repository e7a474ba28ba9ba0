FROM debian:12
RUN apt-get update; \
    apt-get install -y curl; \
    rm -rf /var/lib/apt/lists
RUN <<EOF
curl -fsSLO https://example.com/a.tgz
tar xzf a.tgz
mkdir -p b
EOF
RUN set -eux; make; make install
