"""Sends one message as the official client of Twilio does, to a server of ours.

    twilio_client.py BASE ACCOUNT TOKEN FROM TO BODY
"""

import sys

from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

BASE, ACCOUNT, TOKEN, FROM, TO, BODY = sys.argv[1:]


class Elsewhere(TwilioHttpClient):
    def request(self, method, url, *args, **kwargs):
        return super().request(method, url.replace("https://api.twilio.com", BASE), *args, **kwargs)


client = Client(ACCOUNT, TOKEN, http_client=Elsewhere())
print(client.messages.create(to=TO, from_=FROM, body=BODY).sid)
