"""A web server that prints what it is sent, one line of JSON per request.

Below `/2010-04-01/` it answers as a service for short messages would, anywhere
else as the receiver of webhooks: the path chooses how. What is sent to `/hook`
is checked with the published libraries, under each of the secrets given.
"""

import json
import sys
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cloudevents.core.bindings.http import HTTPMessage, from_structured_event
from standardwebhooks import Webhook, WebhookVerificationError

SECRETS = sys.argv[1:]


def verdict(secret, headers, body):
    try:
        Webhook(secret).verify(body, headers)
        return True
    except WebhookVerificationError:
        return False


def event(headers, body):
    read = from_structured_event(HTTPMessage(headers=headers, body=body))
    attributes = {name: str(value) for name, value in read.get_attributes().items()}
    return {"attributes": attributes, "data": read.get_data()}


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        told = {"path": self.path, "headers": headers}
        if self.path.startswith("/2010-04-01/"):
            form = dict(urllib.parse.parse_qsl(body.decode(), strict_parsing=True))
            told["form"] = form
            answer = self.message(form["To"])
        else:
            told["verified"] = [verdict(secret, headers, body) for secret in SECRETS]
            told["event"] = event(headers, body)
            answer = self.hook()
        # Told first: whoever waits for the line knows of the request before its sender
        # has an answer.
        print(json.dumps(told), flush=True)
        self.answer(*answer)

    def message(self, to):
        # The numbers that Twilio keeps for tests.
        if to == "+15005550001":
            return 400, {}, {"code": 21211, "message": f"the number {to} is invalid", "status": 400}
        if to == "+15005550002":
            return 429, {"retry-after": "90"}, {"code": 20429, "message": "slow down", "status": 429}
        return 201, {}, {"sid": "SM" + "0" * 32, "status": "queued"}

    def hook(self):
        return {
            "/hook": (204, {}, None),
            "/gone": (410, {}, None),
            "/busy": (503, {"retry-after": "90"}, None),
            "/moved": (307, {"location": "/hook"}, None),
        }[self.path]

    def answer(self, status, headers, body):
        payload = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("content-length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, *args):
        pass


class Server(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        pass  # Whoever hung up has what they wanted.


server = Server(("127.0.0.1", 0), Receiver)
print(json.dumps({"port": server.server_address[1]}), flush=True)
server.serve_forever()
