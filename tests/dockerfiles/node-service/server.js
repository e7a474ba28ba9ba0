the file server.js
