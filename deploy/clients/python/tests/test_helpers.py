"""Values and signatures, against what others computed."""

from __future__ import annotations

import base64
import datetime
import json
import unittest
from decimal import Decimal, localcontext

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from google.type import decimal_pb2, money_pb2
from standardwebhooks import Webhook

from tributary_client import (
    WebhookError,
    WebhookVerifier,
    from_date,
    from_decimal,
    from_money,
    to_date,
    to_decimal,
    to_money,
)

# The example of the Standard Webhooks reference libraries.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
AT = 1614265330
BODY = b'{"test": 2432232314}'
HEADERS = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": str(AT),
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
OTHER = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


class Values(unittest.TestCase):
    def test_money_is_exact_both_ways(self) -> None:
        for text, units, nanos in (
            ("19.90", 19, 900_000_000),
            ("-0.000001", 0, -1_000),
            ("-0.5", 0, -500_000_000),
            ("-0.999999999", 0, -999_999_999),
            ("-0", 0, 0),
            # Ten decimals, of which the last one says nothing.
            ("-1.2345678900", -1, -234_567_890),
            ("-23456.789012", -23456, -789_012_000),
            ("9223372036854775807.999999999", 2**63 - 1, 999_999_999),
            ("0", 0, 0),
            ("1e3", 1000, 0),
        ):
            made = to_money(text, "CNY")
            self.assertEqual((made.units, made.nanos, made.currency_code), (units, nanos, "CNY"))
            with localcontext(prec=3):
                back = from_money(made)
            self.assertEqual(back, Decimal(text))
        self.assertEqual(str(from_money(money_pb2.Money(units=270000))), "270000")

    def test_what_is_not_exact_is_refused(self) -> None:
        for wrong in (19.9, True, None):
            with self.assertRaises(TypeError):
                to_money(wrong, "CNY")  # type: ignore[arg-type]
            with self.assertRaises(TypeError):
                to_decimal(wrong)  # type: ignore[arg-type]
        for text in ("1.0000000001", "-0.0000000001", "NaN", "Infinity", "9223372036854775808", "1e1000", "0e-999999999"):
            with self.assertRaises(ValueError):
                to_money(text, "CNY")
        # Short texts of numbers with a billion digits.
        for text in ("1e999999999", "1e-999999999"):
            with self.assertRaises(ValueError):
                to_decimal(text)

    def test_decimals_and_days(self) -> None:
        self.assertEqual(to_decimal(Decimal("1E+3")).value, "1000")
        self.assertEqual(to_decimal("0.150").value, "0.150")
        self.assertEqual(from_decimal(decimal_pb2.Decimal(value="-2.5e2")), Decimal(-250))
        self.assertEqual(from_decimal(decimal_pb2.Decimal()), 0)
        self.assertEqual(to_decimal("-0.12345678901").value, "-0.12345678901", "only money ends after nine decimals")
        day = datetime.date(2028, 2, 29)
        self.assertEqual(from_date(to_date(day)), day)


class Webhooks(unittest.TestCase):
    def test_the_published_example(self) -> None:
        verifier = WebhookVerifier(SECRET, clock=lambda: AT)
        self.assertEqual(verifier.verify(BODY, HEADERS), {"test": 2432232314})
        titled = {name.title(): value for name, value in HEADERS.items()}
        self.assertEqual(verifier.verify(BODY, titled), {"test": 2432232314})

    def test_what_the_library_of_the_specification_signs_is_verified(self) -> None:
        now = datetime.datetime.now(datetime.timezone.utc)
        body = json.dumps({"id": "e1", "subject": "partners/华东"})
        signature = Webhook(OTHER).sign("e1", now, body)
        headers = {"webhook-id": "e1", "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}
        self.assertEqual(WebhookVerifier(OTHER).verify(body.encode(), headers)["id"], "e1")

    def test_what_the_gateway_signs_is_verified(self) -> None:
        # As services/gateway/src/app/webhooks/sign.rs: computed there by standardwebhooks and cryptography.
        by_hmac = "v1,6RqaMTNQD3nauhEox9Nhlv5zcjXr+Dahh6i0euS+QOg="
        by_ed25519 = "v1a,RZI2R4EAC4YvnIq3GBPYZzf4UlEsNXcBGamTC4uOiOtxW6roRCcH+1P2Ik6fz/zX9Ii32JiTQoOaV+Eqv5kLAw=="
        at = 1341100800
        headers = {"webhook-id": "msg_1", "webhook-timestamp": str(at), "webhook-signature": f"{by_hmac} {by_ed25519}"}
        for secret in (OTHER, "whpk_A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="):
            self.assertEqual(WebhookVerifier(secret, clock=lambda: at).verify(b'{"a":1}', headers), {"a": 1})

    def test_while_secrets_are_rotated_both_are_believed(self) -> None:
        for secrets in ((SECRET, OTHER), (OTHER, SECRET)):
            self.assertTrue(WebhookVerifier(*secrets, clock=lambda: AT).verify(BODY, HEADERS))
        both = {**HEADERS, "webhook-signature": f"v1,AAAA {HEADERS['webhook-signature']}"}
        self.assertTrue(WebhookVerifier(SECRET, clock=lambda: AT).verify(BODY, both))

    def test_what_is_forged_or_old_is_refused(self) -> None:
        def refused(because: str, body: bytes = BODY, at: float = AT, secret: str = SECRET, **changed: str) -> None:
            headers = {**HEADERS, **{f"webhook-{name}": value for name, value in changed.items()}}
            with self.assertRaisesRegex(WebhookError, because):
                WebhookVerifier(secret, clock=lambda: at).verify(body, headers)

        refused("no signature", body=BODY + b" ")
        refused("no signature", secret=OTHER)
        refused("no signature", id="msg_other")
        refused("no signature", signature=HEADERS["webhook-signature"].replace("v1,", "v2,"))
        refused("no signature", signature=HEADERS["webhook-signature"].replace("v1,", "v1a,"))
        refused("no signature", signature="ü")
        refused("too far", at=AT + 301)
        refused("too far", at=AT - 301)
        refused("no time", timestamp="soon")
        refused("no time", timestamp="9" * 5000)
        for name in HEADERS:
            with self.assertRaisesRegex(WebhookError, f"{name}.* is missing"):
                WebhookVerifier(SECRET, clock=lambda: AT).verify(BODY, {k: v for k, v in HEADERS.items() if k != name})

    def test_ed25519(self) -> None:
        private = Ed25519PrivateKey.generate()
        public = "whpk_" + base64.b64encode(private.public_key().public_bytes_raw()).decode()
        signed = f"{HEADERS['webhook-id']}.{AT}.".encode() + BODY
        signature = "v1a," + base64.b64encode(private.sign(signed)).decode()
        headers = {**HEADERS, "webhook-signature": f"{HEADERS['webhook-signature']} v1a,%% {signature}"}
        verifier = WebhookVerifier(public, clock=lambda: AT)
        self.assertEqual(verifier.verify(BODY, headers), {"test": 2432232314})
        with self.assertRaises(WebhookError):
            verifier.verify(BODY + b" ", headers)
        with self.assertRaises(WebhookError):
            verifier.verify(BODY, HEADERS)

    def test_secrets_that_are_none(self) -> None:
        for secrets in ((), ("",), ("whsec_",), ("whpk_",), (SECRET, ""), ("whsec_%",), ("other_AAAA",)):
            with self.assertRaises(ValueError, msg=secrets):
                WebhookVerifier(*secrets)


if __name__ == "__main__":
    unittest.main()
