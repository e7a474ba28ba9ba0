FROM debian:12
RUN apt-get update && \
    apt-get install --no-install-recommends \
      curl git && \
    rm -rf /var/lib/apt/lists/*
RUN yes | apt-get install jq
