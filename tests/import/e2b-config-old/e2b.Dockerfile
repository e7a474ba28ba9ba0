FROM node:20
WORKDIR /app
COPY package.json .
RUN npm install
HEALTHCHECK CMD curl -f http://localhost:3000/
CMD ["node"]
