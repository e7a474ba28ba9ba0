FROM node:22
RUN npm ci && npm start
RUN npm start & sleep 1
RUN timeout 5 npm start
