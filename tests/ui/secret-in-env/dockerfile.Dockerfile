FROM node:22
ARG NPM_TOKEN
ARG E2B_API_KEY=e2b_91c05d7e3fa84b6288d1f0467a3e95bc07d2e814
ENV REDIS_URL="rediss://:q7Rk2xW9vT@cache.acme.dev:6380/0" \
    LOCAL_URL="redis://:q7Rk2xW9vT@cache:6379/0"
RUN echo "$NPM_TOKEN"
