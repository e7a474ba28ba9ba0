FROM node:22
RUN npm init
RUN yes '' | npm init
