"""The releases of `packaging/build.sh` on loopback: releases.py DIST VERSION"""

import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer


class Handler(SimpleHTTPRequestHandler):
    prefix = ""

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        if not self.path.startswith(self.prefix):
            return self.send_error(404)
        self.path = self.path.removeprefix(self.prefix)
        return super().do_GET()


def main(dist: str, version: str) -> None:
    Handler.prefix = f"/download/v{version}"
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=dist))
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
