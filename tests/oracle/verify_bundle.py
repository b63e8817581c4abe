#!/usr/bin/env python3
"""Verifies the bundle of a statement, offline and without any code of the suite: Python's standard library alone.

    tests/oracle/verify_bundle.py march.bundle [NAME+ID+KEY]

Written from deploy/docs/verifiable-statements.md, RFC 9162 (proofs), C2SP signed-note (the head) and RFC 8032 (Ed25519).
Tiers, whole volume and growth without modifiers are recomputed from the facts; what else a line is, is proven but not
recomputed here. Exit code 0: everything holds; 1: something does not, a line each; 2: there is no such file.
"""

import base64
import hashlib
import json
import sys
from fractions import Fraction

import ed25519
from bundle_amounts import check_amounts
from canonical import Text, sha256

FORMAT = "tributary.statement-bundle.v1"
SHAPE = {"format": str, "key": str, "checkpoint": str, "statement": dict, "lines": list, "plans": list, "facts": (list, type(None)),
         "postings": list, "entries": list, "issued": str}
PROVEN = {"position": str, "text": str, "path": list}
ITEMS = {"plans": {"name": str, "spec": str}, "facts": {"source_system": str, "source_id": str, "content": str}}


class Wrong(Exception):
    """Something does not hold."""


def need(holds, what):
    if not holds:
        raise Wrong(what)


def shaped(value, shape, what):
    need(isinstance(value, dict) and list(value) == list(shape), f"{what} has other fields than {', '.join(shape)}")
    for name, kind in shape.items():
        need(isinstance(value[name], kind), f"{what}: {name} is of another type")


def read(text):
    """The bundle of a file that is written in its one form."""
    try:
        bundle = json.loads(text)
    except ValueError as why:
        raise Wrong(f"no JSON: {why}") from why
    shaped(bundle, SHAPE, "the bundle")
    need(json.dumps(bundle, ensure_ascii=False, indent=2) + "\n" == text, "the file is not written as bundles are")
    need(bundle["format"] == FORMAT, f"the format is {bundle['format']!r}")
    for proven in [bundle["statement"], *bundle["entries"]]:
        shaped(proven, PROVEN, "an entry")
        need(all(isinstance(step, str) for step in proven["path"]), "a path is not made of texts")
    for name, shape in ITEMS.items():
        for item in bundle[name] or []:
            shaped(item, shape, name)
    need(all(isinstance(text, str) for name in ("lines", "postings") for text in bundle[name]), "a text is none")
    return bundle


def unbase64(text):
    try:
        decoded = base64.b64decode(text, validate=True)
    except ValueError as why:
        raise Wrong(f"{text!r} is no base64") from why
    need(base64.b64encode(decoded).decode() == text, f"{text!r} is no base64 of one form")
    return decoded


def head(bundle, trusted):
    """Size and root of the signed head."""
    need(trusted in (None, bundle["key"]), f"the bundle names the key {bundle['key']}, you trust {trusted}")
    parts = bundle["key"].split("+", 2)
    need(len(parts) == 3 and parts[0] and not any(c.isspace() for c in parts[0]), "the key is not NAME+ID+KEY")
    name, named, key = parts[0], parts[1], unbase64(parts[2])
    need(len(key) == 33 and key[0] == 1, "the key is none of Ed25519")
    identity = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
    need(identity.hex() == named, "the id of the key is not that of its bytes")
    text, empty, signatures = bundle["checkpoint"].partition("\n\n")
    need(empty and signatures.endswith("\n") and signatures.count("\n") == 1, "the checkpoint has not one signature")
    start = f"\u2014 {name} "
    need(signatures.startswith(start), "the checkpoint is signed by another name")
    signed = unbase64(signatures[len(start):-1])
    need(signed[:4] == identity, "the checkpoint is signed by another key")
    need(ed25519.holds(key[1:], (text + "\n").encode(), signed[4:]), "the signature of the checkpoint does not hold")
    lines = text.split("\n")
    if "issued" in bundle:
        unsigned = json.dumps({**bundle, "issued": ""}, ensure_ascii=False, indent=2) + "\n"
        issued = unbase64(bundle["issued"])
        need(issued[:4] == identity and ed25519.holds(key[1:], f"{FORMAT}\n{sha256(unsigned)}\n".encode(), issued[4:]),
             "the file is not the one that was issued")
    need(len(lines) == 3 and lines[0] == name, "the checkpoint is of another log")
    return whole(lines[1]), unbase64(lines[2])


def whole(text):
    """A number without sign and leading zeros."""
    need(text.isascii() and text.isdigit() and str(int(text)) == text, f"{text!r} is no number")
    return int(text)


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def included(proven, size, root, what):
    """RFC 9162, 2.1.3.2."""
    place = whole(proven["position"])
    need(place < size, f"{what} lies outside of the tree")
    at, last = place, size - 1
    found = hashlib.sha256(b"\x00" + proven["text"].encode()).digest()
    for step in proven["path"]:
        need(len(step) == 64 and all(c in "0123456789abcdef" for c in step), f"the path of {what} is not made of hashes")
        need(last > 0, f"the path of {what} is too long")
        step = bytes.fromhex(step)
        if at & 1 or at == last:
            found = node(step, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node(found, step)
        at, last = at >> 1, last >> 1
    need(last == 0 and found == root, f"{what} is not in the tree")
    return place


def plan_digest(spec):
    return sha256(f"tributary.plan.v1\nspec={len(spec.encode())}:{spec}\n")


def check_entries(bundle, statement, run, size, root):
    before, posted = -1, []
    digests = {plan["name"]: plan_digest(plan["spec"]) for plan in bundle["plans"]}
    for entry in bundle["entries"]:
        place = included(entry, size, root, f"the entry at {entry['position']}")
        need(place > before, "the entries do not come in their order")
        before = place
        text = Text(entry["text"])
        if text.sort == "tributary.plan-version.v1":
            need(digests.get(text.one("plan_version")) == text.one("spec_digest"), "an entry is of another plan")
        elif text.sort == "tributary.period.v1":
            need(text.one("run") == statement.one("run"), "the period was locked on another run")
        elif text.sort == "tributary.ledger-entry.v1":
            posted.append((text.one("position"), text.one("digest")))
        else:
            need(text.sort == "tributary.run.v1" and entry["text"] == run.text, "an entry is about something else")
    given = []
    for posting in bundle["postings"]:
        text = Text(posting)
        need(text.sort == "tributary.journal.v1", "a posting is none")
        cause = json.loads(text.one("content")).get("recorded", {}).get("cause")
        need(cause == statement.one("statement"), "a posting has another cause")
        given.append((text.one("position"), sha256(posting)))
    need(given == posted, "the postings are not those that the log names")


def check_statement(bundle, statement, run, lines):
    for name in ("run", "period"):
        need(statement.one(name) == run.one(name), f"the statement is of another {name}")
    need(statement.all("line") == [sha256(line) for line in bundle["lines"]], "the lines are not those of the statement")
    total = Fraction(0)
    digests = {plan["name"]: plan_digest(plan["spec"]) for plan in bundle["plans"]}
    need(list(digests) == sorted(digests) and len(digests) == len(bundle["plans"]), "the plans do not come in their order")
    for line, stated in lines:
        need(stated.one("payee") == statement.one("business_key"), "a line is of another payee")
        need(stated.one("currency") == statement.one("currency"), "a line is in another currency")
        total += Fraction(stated.one("amount"))
        plan = line.one("plan_version")
        need(digests.get(plan, "") == line.one("plan_digest"), f"a line names {plan}, which is not in the bundle")
    need(total == Fraction(statement.one("total")), "the lines do not add up to the total")
    need(set(digests) == {line.one("plan_version") for line, _ in lines} - {""}, "a plan is named by no line")
    taken = run.all("plan")
    need(all(f"{name} {digest}" in taken for name, digest in digests.items()), "a plan did not take part in the run")


def verify(text, trusted=None):
    """What holds, as a sentence per line of the statement; raises Wrong."""
    try:
        bundle = read(text)
        size, root = head(bundle, trusted)
        statement = Text(bundle["statement"]["text"])
        runs = [Text(e["text"]) for e in bundle["entries"] if e["text"].startswith("tributary.run.v1\n")]
        need(statement.sort == "tributary.statement.v1" and len(runs) == 1, "there is not one statement and one run")
        lines = []
        for own in bundle["lines"]:
            line = Text(own)
            need(line.sort == "tributary.statement-line.v1", "a line is none")
            lines.append((line, Text(line.one("line"))))
        check_entries(bundle, statement, runs[0], size, root)
        tree = whole(runs[0].one("statement_count")), bytes.fromhex(runs[0].one("statements_root"))
        included(bundle["statement"], *tree, "the statement")
        check_statement(bundle, statement, runs[0], lines)
        return check_amounts(bundle, statement, lines, need)
    except (KeyError, ValueError, TypeError, AttributeError, ZeroDivisionError, UnicodeError) as why:
        raise Wrong(f"cannot be read: {why!r}") from why


def main():
    if len(sys.argv) not in (2, 3):
        print(__doc__.strip())
        return 2
    try:
        with open(sys.argv[1], encoding="utf-8", newline="") as file:
            text = file.read()
    except (OSError, UnicodeError) as why:
        print(f"{sys.argv[1]} cannot be read: {why}")
        return 2
    try:
        told = verify(text, sys.argv[2] if len(sys.argv) == 3 else None)
    except Wrong as why:
        print(f"NOT SOUND: {why}")
        return 1
    print("sound")
    for line in told:
        print(f"  {line}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
