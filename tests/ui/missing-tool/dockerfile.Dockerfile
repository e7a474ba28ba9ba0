FROM python:3.12-slim
WORKDIR /app
COPY package.json .
RUN apt-get update && apt-get install -y --no-install-recommends git \
 && rm -rf /var/lib/apt/lists/* \
 && npm install
