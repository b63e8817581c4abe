"""The evidence log from outside: bundles of statements verified, and the root of the log computed anew from its entries, by
RFC 6962 as it is written."""

import collections
import hashlib

from bundle_proofs import Key, Wrong, head
from verify_bundle import verify

API = "tributary.incentive.v1.EvidenceService/"


def export(suite, statement):
    """The file of a statement."""
    return b"".join(part.data for part in suite.parts(API + "ExportStatementBundle", {"name": statement})).decode()


class Bundles:
    """Verifies every bundle, and counts."""

    def __init__(self, suite):
        self.suite, self.seen = suite, collections.Counter()
        self.key = suite.call(API + "GetSignedHead", {}).key

    def check(self, statement):
        """What is wrong with the bundle of a statement, as sentences."""
        file = export(self.suite, statement)
        try:
            told = verify(file, self.key).lines
        except Wrong as why:
            return [f"{statement}: {why}"]
        recomputed = sum(": recomputed" in line for line in told)
        self.seen += collections.Counter(bundles=1, lines=len(told), recomputed=recomputed)
        return []


def root_of(leaves):
    """MTH of RFC 6962, 2.1, over hashed leaves."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return hashlib.sha256(b"\x01" + root_of(leaves[:half]) + root_of(leaves[half:])).digest()


def log_differs(suite):
    """Whether the root of the signed head is not that of the entries that the log lists; gives how many they are, too."""
    told = suite.call(API + "GetSignedHead", {})
    leaves, token = [], ""
    while True:
        page = suite.call(API + "ListEvidence", {"pageSize": 1000, "pageToken": token})
        leaves += [hashlib.sha256(b"\x00" + entry.content.encode()).digest() for entry in page.entries]
        token = page.next_page_token
        if not token:
            break
    size, root = head(Key(told.key), told.checkpoint)
    return root_of(leaves[:size]) != root or told.root != root, size
