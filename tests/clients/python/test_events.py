"""Events out of the suite: the feed by JSON and by stream, and webhooks, verified by libraries that are not ours:
standardwebhooks for HMAC, cryptography for Ed25519. The suite must be started with the loopback network opened for webhooks.
"""

import base64
import http.server
import json
import os
import queue
import threading
import time
import unittest
import urllib.error
import urllib.request

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks import Webhook, WebhookVerificationError

from reflected import fresh_id

CHANGED = "tributary.partner.v1.PartnerChanged"


class Receiver(http.server.BaseHTTPRequestHandler):
    """Keeps what it gets; answers 500 to the first request of a path that ends in "/fails"."""

    got = queue.Queue()
    failed = set()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        fails = self.path.endswith("/fails") and self.path not in self.failed
        self.failed.add(self.path)
        self.got.put((self.path, dict(self.headers), body))
        self.send_response(500 if fails else 204)
        self.end_headers()

    def log_message(self, *_):
        pass


class Events(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.base = "http://" + os.environ["TRIBUTARY_ENDPOINT"].removeprefix("http://") + "/v1/"
        cls.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()
        cls.addClassCleanup(cls.server.shutdown)
        cls.receiver = f"http://127.0.0.1:{cls.server.server_address[1]}"

    def ask(self, method, path, body=None):
        request = urllib.request.Request(
            self.base + path, method=method, data=None if body is None else json.dumps(body).encode(),
            headers={"x-api-key": os.environ["TRIBUTARY_API_KEY"], "content-type": "application/json"})
        return urllib.request.urlopen(request, timeout=30)

    def call(self, method, path, body=None):
        with self.ask(method, path, body) as answer:
            return json.load(answer)

    def partner(self):
        name = fresh_id("ev")
        partner = {"displayName": "Before", "kind": "PARTNER_KIND_DEALER"}
        self.call("POST", f"partners?partnerId={name}", partner)
        return f"partners/{name}"

    def watched(self, count, query):
        """Messages with an event, from a stream that is closed afterwards."""
        found = []
        with self.ask("GET", f"events:watch?{query}") as lines:
            for line in lines:
                result = json.loads(line)["result"]
                if "event" in result:
                    found.append(result)
                if len(found) == count:
                    return found
        return found

    def test_a_reader_goes_on_where_it_was(self):
        subject = self.partner()
        (created,) = self.watched(1, f"subject={subject}")
        self.assertEqual(created["event"]["specversion"], "1.0")
        self.assertEqual((created["event"]["type"], created["event"]["sequence"]), (CHANGED, "1"))
        self.assertEqual(created["event"]["data"]["@type"], f"type.googleapis.com/{CHANGED}")
        for name in ("One", "Two"):
            self.call("PATCH", f"{subject}?updateMask=displayName", {"displayName": name})
        later = self.watched(2, f"subject={subject}&cursor={created['cursor']}")
        self.assertEqual([said["event"]["sequence"] for said in later], ["2", "3"])
        listed = self.call("GET", f"events?subject={subject}&types={CHANGED}")
        ids = [event["id"] for event in listed["events"]]
        self.assertEqual(ids, [said["event"]["id"] for said in [created, *later]])
        types = self.call("GET", "eventTypes")["eventTypes"]
        self.assertIn(CHANGED, [kind["name"] for kind in types])

    def webhook(self, path, subject, **more):
        name = fresh_id("hook")
        query = "&".join(f"{key}={value}" for key, value in {"webhookId": name, **more}.items())
        body = {"url": f"{self.receiver}/{name}{path}", "subject": subject}
        made = self.call("POST", f"webhooks?{query}", body)
        self.addCleanup(lambda: self.ask("DELETE", f"webhooks/{name}").close())
        return made

    def received(self, made, count):
        """What came for a webhook."""
        path, found, late = made["webhook"]["url"].removeprefix(self.receiver), [], time.monotonic() + 40
        while len(found) < count:
            said = Receiver.got.get(timeout=late - time.monotonic())
            if said[0] == path:
                found.append(said[1:])
        return found

    def test_a_signed_event_is_verified_by_another_library(self):
        made = self.webhook("", "partners/*")
        subject = self.partner()
        ((headers, body),) = self.received(made, 1)
        event = Webhook(made["secret"]).verify(body, headers)
        self.assertEqual((event["subject"], event["id"]), (subject, headers["webhook-id"]))
        with self.assertRaises(WebhookVerificationError):
            Webhook(made["secret"]).verify(body.replace(b"Before", b"Beyond"), headers)
        turned = self.call("POST", f"{made['webhook']['name']}:rotateSecret", {})
        self.call("PATCH", f"{subject}?updateMask=displayName", {"displayName": "After"})
        ((headers, body),) = self.received(made, 1)
        for secret in (made["secret"], turned["secret"]):
            self.assertEqual(Webhook(secret).verify(body, headers)["sequence"], "2")

    def test_ed25519_is_verified_with_the_public_key(self):
        made = self.webhook("", "partners/*", signature="WEBHOOK_SIGNATURE_ED25519")
        self.assertEqual(made["webhook"]["publicKeys"], [made["secret"]])
        self.partner()
        ((headers, body),) = self.received(made, 1)
        version, signature = headers["webhook-signature"].split(",")
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(made["secret"].removeprefix("whpk_")))
        self.assertEqual(version, "v1a")
        key.verify(base64.b64decode(signature), signed)
        with self.assertRaises(InvalidSignature):
            key.verify(base64.b64decode(signature), signed + b" ")

    def test_what_failed_comes_again_with_the_same_id(self):
        made = self.webhook("/fails", "partners/*")
        self.partner()
        (first, _), (second, body) = self.received(made, 2)
        self.assertEqual(first["webhook-id"], second["webhook-id"])
        Webhook(made["secret"]).verify(body, second)
        deliveries = f"{made['webhook']['name']}/deliveries"
        for _ in range(100):
            (listed,) = self.call("GET", deliveries)["webhookDeliveries"]
            if listed["state"] == "STATE_DELIVERED":
                break
            time.sleep(0.1)
        whole = self.call("GET", listed["name"])
        self.assertEqual([attempt.get("error", "") for attempt in whole["attempts"]], ["answered 500", ""])

    def test_what_is_inside_is_out_of_reach(self):
        for url in ("https://10.0.0.1/", "https://169.254.169.254/latest/meta-data", "https://[fd00:ec2::254]/"):
            with self.assertRaises(urllib.error.HTTPError) as refused:
                self.call("POST", "webhooks", {"url": url})
            with refused.exception as answer:
                self.assertIn("is not an address of the public internet", json.load(answer)["message"])


if __name__ == "__main__":
    unittest.main()
