"""A server on port 8000."""

import http.server

http.server.test(http.server.SimpleHTTPRequestHandler, port=8000)
