const http = require("node:http");
const ms = require("ms");

http.createServer((_, response) => response.end(ms(60000))).listen(process.env.PORT);
