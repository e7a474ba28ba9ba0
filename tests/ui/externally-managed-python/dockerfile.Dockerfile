FROM debian:12-slim
RUN apt-get update && apt-get install -y python3-pip && \
    pip3 install --no-cache-dir requests
RUN pip3 install --break-system-packages flask
