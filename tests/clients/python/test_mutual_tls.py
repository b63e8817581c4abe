"""TLS at the gateway, and clients that are known by a certificate, from Python: gRPC by grpcio, JSON by the standard library.

Starts a suite of its own from the program that TRIBUTARY_BINARY names; without it there is nothing to start, and it skips.
"""

import datetime
import http.client
import ipaddress
import json
import os
import pathlib
import socket
import ssl
import subprocess
import tempfile
import time
import unittest

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from reflected import Refused, Suite

KEYS = "tributary.gateway.v1.ApiKeyService"
PARTNERS = "tributary.partner.v1.PartnerService"
DAY = datetime.timedelta(days=1)

SETTINGS = """
[gateway.tls]
certificate_file = "{folder}/server.pem"
key_file = "{folder}/server.key"
client_authorities_file = "{folder}/ca.pem"

[gateway.identity.clients.erp]
name = "spiffe://example.com/erp"
tenant = "default"
roles = ["ADMIN"]

[gateway.identity.clients.desk]
sha256 = "{desk}"
tenant = "default"
roles = ["ANALYST"]
"""


class Authority:
    """Gives certificates, as files (PEM) of a folder."""

    def __init__(self, folder, name):
        self.folder, self.key = folder, ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        own = self.certificate(self.name, self.key.public_key(), x509.BasicConstraints(ca=True, path_length=None))
        self.pem = own.public_bytes(serialization.Encoding.PEM)

    def certificate(self, name, key, extension):
        now = datetime.datetime.now(datetime.timezone.utc)
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(self.name).public_key(key)
        builder = builder.serial_number(x509.random_serial_number()).add_extension(extension, critical=False)
        return builder.not_valid_before(now - DAY).not_valid_after(now + DAY).sign(self.key, hashes.SHA256())

    def give(self, file, names):
        """Files NAME.pem and NAME.key; returns the SHA-256 of the certificate."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, file)])
        certificate = self.certificate(name, key.public_key(), x509.SubjectAlternativeName(names))
        (self.folder / f"{file}.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        (self.folder / f"{file}.key").write_bytes(key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        return certificate.fingerprint(hashes.SHA256()).hex()


class MutualTls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        binary = os.environ.get("TRIBUTARY_BINARY")
        if not binary:
            raise unittest.SkipTest("TRIBUTARY_BINARY does not name the program, so there is no suite to start")
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        authority, stranger = Authority(cls.folder, "ours"), Authority(cls.folder, "ours")
        (cls.folder / "ca.pem").write_bytes(authority.pem)
        authority.give("server", [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        authority.give("erp", [x509.UniformResourceIdentifier("spiffe://example.com/erp")])
        authority.give("nobody", [x509.UniformResourceIdentifier("spiffe://example.com/nobody")])
        stranger.give("stranger", [x509.UniformResourceIdentifier("spiffe://example.com/erp")])
        desk = authority.give("desk", [x509.DNSName("desk.example.com")])
        (cls.folder / "tributary.toml").write_text(SETTINGS.format(folder=cls.folder, desk=desk))
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            cls.port = taken.getsockname()[1]
        cls.binary = binary
        data = cls.folder / "data"
        log = (cls.folder / "log").open("w")
        cls.addClassCleanup(log.close)
        suite = subprocess.Popen(
            [binary, "up", "--config", str(cls.folder / "tributary.toml"), "--data", str(data),
             "--listen", f"127.0.0.1:{cls.port}"], stdout=log, stderr=log)
        cls.addClassCleanup(suite.wait)
        cls.addClassCleanup(suite.terminate)
        give_up = time.monotonic() + 60
        while cls.health().returncode != 0:
            if time.monotonic() > give_up:
                raise AssertionError((cls.folder / "log").read_text())
            time.sleep(0.2)
        cls.bootstrap = (data / "bootstrap.key").read_text().strip()

    @classmethod
    def command(cls, *arguments):
        clean = {name: value for name, value in os.environ.items() if not name.startswith("TRIBUTARY_")}
        return subprocess.run([cls.binary, *arguments], capture_output=True, text=True, env=clean, cwd=cls.folder)

    @classmethod
    def health(cls):
        return cls.command("health", f"https://localhost:{cls.port}", "--ca-file", str(cls.folder / "ca.pem"))

    def by_grpc(self, client, key=""):
        """A suite that is talked to with a certificate, or without."""
        def read(file):
            return (self.folder / file).read_bytes()

        shown = (read(f"{client}.key"), read(f"{client}.pem")) if client else (None, None)
        suite = Suite(f"localhost:{self.port}", key, grpc.ssl_channel_credentials(read("ca.pem"), *shown))
        self.addCleanup(suite.close)
        return suite

    def by_json(self, client, headers=None):
        context = ssl.create_default_context(cafile=self.folder / "ca.pem")
        if client:
            context.load_cert_chain(self.folder / f"{client}.pem", self.folder / f"{client}.key")
        connection = http.client.HTTPSConnection("localhost", self.port, timeout=30, context=context)
        self.addCleanup(connection.close)
        connection.request("GET", "/v1/caller", headers=headers or {})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())

    def test_certificates_say_who_calls(self):
        for client, subject, roles in [("erp", "mtls:erp", ["ROLE_ADMIN"]), ("desk", "mtls:desk", ["ROLE_ANALYST"])]:
            status, caller = self.by_json(client)
            self.assertEqual((status, caller["subject"], caller["tenant"], caller["roles"]), (200, subject, "default", roles))
        erp, desk = self.by_grpc("erp"), self.by_grpc("desk")
        made = erp.call(f"{PARTNERS}/CreatePartner", {
            "partner_id": "anqing", "partner": {"legal_name": "Anqing Trade", "display_name": "Anqing", "kind": "PARTNER_KIND_DEALER"}})
        self.assertEqual(made.name, "partners/anqing")
        self.assertEqual(desk.call(f"{PARTNERS}/GetPartner", {"name": made.name}).legal_name, "Anqing Trade")
        with self.assertRaises(Refused) as refused:
            desk.call(f"{PARTNERS}/CreatePartner", {
                "partner_id": "baoding", "partner": {"legal_name": "Baoding", "display_name": "Anqing", "kind": "PARTNER_KIND_DEALER"}})
        self.assertEqual(refused.exception.code, "PERMISSION_DENIED")

    def test_a_key_goes_before_a_certificate_and_no_client_needs_one(self):
        bearer = {"authorization": f"Bearer {self.bootstrap}"}
        for client in ("erp", "nobody", None):
            status, caller = self.by_json(client, bearer)
            self.assertEqual((status, caller["subject"]), (200, "bootstrap"), client)

    def test_who_is_not_known_is_told_so(self):
        status, answer = self.by_json("nobody")
        self.assertEqual(status, 401)
        self.assertEqual(answer["details"][0]["reason"], "CERTIFICATE_UNKNOWN")
        status, answer = self.by_json(None)
        self.assertEqual((status, answer["details"][0]["reason"]), (401, "UNAUTHENTICATED"))
        # A certificate for our client's name, which our authority did not give.
        with self.assertRaises((ssl.SSLError, ConnectionError, http.client.HTTPException)):
            self.by_json("stranger")

    def test_the_command_shows_its_certificate(self):
        shown = [f"--{name}={self.folder / file}" for name, file in
                 (("client-certificate-file", "desk.pem"), ("client-key-file", "desk.key"), ("ca-file", "ca.pem"))]
        endpoint = f"--endpoint=https://localhost:{self.port}"
        listed = self.command("partners", "list", endpoint, *shown)
        self.assertEqual(listed.returncode, 0, listed.stderr)
        for left_out, why in [("client-key-file", "go together"), ("ca-file", "UnknownIssuer")]:
            refused = self.command("partners", "list", endpoint, *(one for one in shown if left_out not in one))
            self.assertNotEqual(refused.returncode, 0)
            self.assertIn(why, refused.stderr)


if __name__ == "__main__":
    unittest.main()
