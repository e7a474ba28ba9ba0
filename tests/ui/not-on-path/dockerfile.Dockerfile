FROM node:22
WORKDIR /srv
RUN npm install typescript@5.7.2
RUN tsc --build
RUN curl -fsSL https://bun.sh/install | bash
USER node
RUN bun install
