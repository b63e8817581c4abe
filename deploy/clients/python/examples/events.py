"""Hear of changes in two ways: as a stream that goes on where it was, and by a webhook whose signature is verified."""

import queue
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from google.protobuf.field_mask_pb2 import FieldMask

from tributary_client import Client, WebhookError, WebhookVerifier, gateway, partner

name = f"events-{uuid.uuid4().hex[:8]}"
received: queue.Queue[tuple[bytes, dict[str, str]]] = queue.Queue()


class Receiver(BaseHTTPRequestHandler):
    """Answers at once, and leaves the work to others."""

    def do_POST(self) -> None:
        received.put((self.rfile.read(int(self.headers["content-length"])), dict(self.headers.items())))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()

with Client.from_environment() as client:
    # The suite calls addresses of the public internet only, unless its operator allows others.
    made = client.webhook.create_webhook(
        gateway.CreateWebhookRequest(
            webhook_id=name,
            webhook=gateway.Webhook(url=f"http://127.0.0.1:{server.server_port}/{name}", subject=f"partners/{name}"),
        )
    )
    created = client.partner.create_partner(
        partner.CreatePartnerRequest(
            partner_id=name, partner=partner.Partner(display_name="Before", kind=partner.PARTNER_KIND_DEALER)
        )
    )
    client.partner.update_partner(
        partner.UpdatePartnerRequest(
            partner=partner.Partner(name=created.name, display_name="After"), update_mask=FieldMask(paths=["display_name"])
        )
    )

    # The stream. Keep the cursor together with what you did because of the event.
    first = next(client.watch_events(subject=created.name))
    change = partner.PartnerChanged()
    assert first.event.data.Unpack(change) and first.event.sequence == 1
    # After a crash: begin behind the last one. Nothing is missed, nothing comes twice.
    second = next(client.watch_events(subject=created.name, cursor=first.cursor))
    assert second.event.sequence == 2

    # The webhook. Remember ids: an event may be sent again.
    verifier = WebhookVerifier(made.secret)
    body, headers = received.get(timeout=30)
    event = verifier.verify(body, headers)
    assert (event["id"], event["subject"]) == (first.event.id, created.name)
    try:
        verifier.verify(body.replace(b"Before", b"Beyond"), headers)
    except WebhookError as error:
        print(f"forged: {error}")
    else:
        raise AssertionError("what was changed on the way was believed")

    client.webhook.delete_webhook(gateway.DeleteWebhookRequest(name=made.webhook.name))
    print(f"{event['type']} of {event['subject']} by stream and by webhook")
server.shutdown()
