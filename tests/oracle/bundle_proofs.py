"""Signatures and proofs of a bundle, for verify_bundle.py: keys and heads of C2SP signed-note, paths of RFC 9162. Says what
is wrong in the words of `tributary verify`."""

import base64
import hashlib
import json

import ed25519


class Wrong(Exception):
    """What does not hold, a sentence each."""

    def __init__(self, *findings):
        super().__init__("; ".join(findings))
        self.findings = list(findings)


def need(holds, what):
    if not holds:
        raise Wrong(what)


def quoted(text):
    return json.dumps(text, ensure_ascii=False)


def unbase64(text):
    """The bytes; None for what is not base64 in its one form."""
    try:
        decoded = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return decoded if base64.b64encode(decoded).decode() == text else None


def whole(text):
    """A number without sign and leading zeros; else None."""
    return int(text) if text.isascii() and text.isdigit() and str(int(text)) == text else None


def unhex(text):
    """The hash of 64 lower-case hex digits; else None."""
    return bytes.fromhex(text) if len(text) == 64 and all(c in "0123456789abcdef" for c in text) else None


class Key:
    """A verifier key, NAME+ID+KEY."""

    def __init__(self, text, whose="the key"):
        parts = text.split("+", 2)
        key = unbase64(parts[2]) if len(parts) == 3 else None
        good = key is not None and len(key) == 33 and key[0] == 1 and ed25519.point(key[1:]) is not None
        need(good, f"{whose} is not a verifier key of the form NAME+ID+KEY")
        self.text, self.name, self.key = text, parts[0], key[1:]
        self.id = hashlib.sha256(self.name.encode() + b"\n" + key).digest()[:4]
        named = self.name and not any(c.isspace() for c in self.name) and self.id.hex() == parts[1]
        need(named, f"{whose} is a verifier key whose id is not that of its key")

    def holds(self, text, signed):
        """Whether bytes (id of the key and signature) sign a text."""
        return signed[:4] == self.id and ed25519.holds(self.key, text.encode(), signed[4:])

    def holds_text(self, text, signed):
        """The same of base64."""
        signed = unbase64(signed)
        return signed is not None and self.holds(text, signed)


def head(key, checkpoint):
    """Size and root of a head that the key signed, and nobody else."""
    form = "the checkpoint is not a signed checkpoint: "
    text, empty, below = checkpoint.partition("\n\n")
    need(empty, form + "an empty line above the signatures is missing")
    need(below.endswith("\n"), form + "the last line does not end")
    signatures = []
    for line in below[:-1].split("\n"):
        name, space, signed = line.removeprefix("\u2014 ").partition(" ")
        need(line.startswith("\u2014 ") and space, form + "a line below the text is no signature")
        signatures.append((name, unbase64(signed)))
        need(signatures[-1][1] is not None, form + "a signature is not in base64")
    lines = text.split("\n")
    size, root = (whole(lines[1]), unbase64(lines[2])) if len(lines) == 3 else (None, None)
    need(size is not None and root is not None and len(root) == 32,
         "the checkpoint is not a checkpoint of origin, size and root, a line each")
    need(len(signatures) == 1, "the checkpoint has more than the one signature of its log")
    ((name, signed),) = signatures
    need(name == key.name == lines[0] and key.holds(text + "\n", signed), f"the head is not signed by {key.text}")
    return size, root


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def not_included(proven, size, root):
    """Why a text is not at its place in the tree (RFC 9162, 2.1.3.2); None when it is."""
    place, path = whole(proven["position"]), [unhex(step) for step in proven["path"]]
    if place is None:
        return f"{quoted(proven['position'])} is no place"
    if None in path:
        return "its path is not made of hashes"
    if place >= size:
        return "there is no such place in a log of this size"
    at, last = place, size - 1
    found = hashlib.sha256(b"\x00" + proven["text"].encode()).digest()
    for step in path:
        if last == 0:
            return "the proof does not lead to the root of the head"
        if at & 1 or at == last:
            found = node(step, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node(found, step)
        at, last = at >> 1, last >> 1
    return None if last == 0 and found == root else "the proof does not lead to the root of the head"
