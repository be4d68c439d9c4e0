"""A mail server that prints what it takes, one line of JSON per letter.

Recipients choose how it answers: `busy-once@…` is put off the first time, as a
server that greylists would, and `gone@…` is never taken.
"""

import argparse
import asyncio
import email
import email.policy
import json
import logging
import ssl
import warnings

from aiosmtpd.smtp import SMTP, AuthResult

# Handshakes that fail do so on purpose here.
logging.disable()
warnings.simplefilter("ignore")


def tell(what):
    print(json.dumps(what), flush=True)


class Mailbox:
    def __init__(self):
        self.put_off = set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.split("@")[0]
        if name == "gone":
            return "550 5.1.1 <gone@example.com>: no such mailbox"
        if name == "busy-once" and address not in self.put_off:
            self.put_off.add(address)
            return "451 4.7.1 <busy-once@example.com>: come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        letter = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
        tell(
            {
                "from": envelope.mail_from,
                "to": envelope.rcpt_tos,
                "headers": {name.lower(): str(value) for name, value in letter.items()},
                "defects": [str(defect) for part in letter.walk() for defect in part.defects],
                "text": letter.get_content(),
                "encrypted": session.ssl is not None or server.transport.get_extra_info("sslcontext") is not None,
                "signed_in": session.authenticated,
                "hello": session.host_name,
            }
        )
        return "250 OK"


async def main():
    words = argparse.ArgumentParser()
    words.add_argument("--tls", choices=["implicit", "starttls", "none"], required=True)
    words.add_argument("--cert")
    words.add_argument("--key")
    words.add_argument("--user")
    words.add_argument("--password")
    said = words.parse_args()

    context = None
    if said.cert:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(said.cert, said.key)

    def known(server, session, envelope, mechanism, data):
        right = (data.login.decode(), data.password.decode()) == (said.user, said.password)
        return AuthResult(success=right, handled=False)

    starttls = said.tls == "starttls"
    settings = {
        "tls_context": context if starttls else None,
        "require_starttls": starttls,
        "auth_require_tls": starttls,
        "auth_required": said.user is not None,
        "authenticator": known if said.user else None,
    }
    mailbox = Mailbox()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(mailbox, loop=loop, **settings),
        "127.0.0.1",
        0,
        ssl=context if said.tls == "implicit" else None,
    )
    tell({"port": server.sockets[0].getsockname()[1]})
    async with server:
        await server.serve_forever()


asyncio.run(main())
