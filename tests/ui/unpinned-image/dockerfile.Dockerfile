ARG RELEASE=latest
FROM node:${RELEASE} AS app
RUN npm --version
