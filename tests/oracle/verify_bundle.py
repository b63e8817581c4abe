#!/usr/bin/env python3
"""Verifies the bundle of a statement, offline and without any code of the suite: Python's standard library alone.

    tests/oracle/verify_bundle.py march.bundle [NAME+ID+KEY]

Written from deploy/docs/verifiable-statements.md, RFC 9162 (proofs), C2SP signed-note (the head) and RFC 8032 (Ed25519).
Tiers, whole volume and growth without modifiers are recomputed from the facts; what else a line is, is proven but not
recomputed here. What is wrong is said in the words of `tributary verify`. Exit code 0: everything holds; 1: something does
not, a line each; 2: there is no such file.
"""

import collections
import json
import sys
from fractions import Fraction

from bundle_amounts import line_id, told_of_lines
from bundle_proofs import Key, Wrong, head, need, not_included, quoted, unhex, whole
from bundle_said import RUN, plan_digest, said_by
from canonical import Text, sha256

FORMAT = "tributary.statement-bundle.v1"
SHAPE = {"format": str, "key": str, "checkpoint": str, "statement": dict, "lines": list, "plans": list, "facts": (list, type(None)),
         "postings": list, "entries": list, "issued": str}
PROVEN = {"position": str, "text": str, "path": list}
ITEMS = {"plans": {"name": str, "spec": str}, "facts": {"source_system": str, "source_id": str, "content": str}}

# What a sound bundle proves: a sentence per line and per thing that the log says, and how many postings there are.
Report = collections.namedtuple("Report", "statement version total lines said postings")


def shaped(value, shape, what):
    bad = f"the file is no statement bundle: {what}"
    need(isinstance(value, dict) and list(value) == list(shape), f"{bad} has other fields than {', '.join(shape)}")
    for name, kind in shape.items():
        need(isinstance(value[name], kind), f"{bad}: {name} is of another type")


def written(bundle):
    return json.dumps(bundle, ensure_ascii=False, indent=2) + "\n"


def read(text):
    """The bundle of a file that is written in its one form."""
    try:
        bundle = json.loads(text)
    except ValueError as why:
        raise Wrong(f"the file is no statement bundle: {why}") from why
    shaped(bundle, SHAPE, "it")
    for proven in [bundle["statement"], *bundle["entries"]]:
        shaped(proven, PROVEN, "an entry")
    for name, shape in ITEMS.items():
        for item in bundle[name] or []:
            shaped(item, shape, name)
    texts = [text for name in ("lines", "postings") for text in bundle[name]]
    texts += [step for proven in [bundle["statement"], *bundle["entries"]] for step in proven["path"]]
    need(all(isinstance(text, str) for text in texts), "the file is no statement bundle: a text is none")
    need(bundle["format"] == FORMAT, f"the file has the format {quoted(bundle['format'])}, not {quoted(FORMAT)}")
    need(written(bundle) == text, "the file is not written as bundles are")
    return bundle


def signed_head(bundle, trusted):
    """Size and root of the head, once file and head are seen to be signed by the key."""
    key = Key(bundle["key"], "the key of the bundle")
    need(trusted in (None, key.text), f"the bundle names the key {key.text}; you trust {trusted}")
    issued = f"{FORMAT}\n{sha256(written({**bundle, 'issued': ''}))}\n"
    need(key.holds_text(issued, bundle["issued"]), "the file is not the one that was issued")
    return head(key, bundle["checkpoint"])


def check_entries(bundle, size, root, check):
    """Every entry is in the log, each at a later place than the one before."""
    before = -1
    for entry in bundle["entries"]:
        at, why, place = f"the entry at {entry['position']}", not_included(entry, size, root), whole(entry["position"])
        check(why is None, f"{at} is not proven: {why}")
        check(place is not None and before < place, f"{at} does not come in its order")
        before = before if place is None else place


def texts_of(bundle, findings, check):
    """Statement, entry of the run, and every line with its stated part."""
    statement = Text.read(bundle["statement"]["text"], "tributary.statement.v1")
    check(statement is not None, "the text of the statement is none")
    runs = [run for entry in bundle["entries"] if (run := Text.read(entry["text"], RUN))]
    check(len(runs) == 1, "there is not one entry of the run")
    lines = []
    for number, own in enumerate(bundle["lines"], 1):
        line = Text.read(own, "tributary.statement-line.v1")
        stated = Text.read(line.one("line")) if line else None
        check(stated is not None, f"the text of line {number} is none")
        lines += [(line, stated)] if stated else []
    if statement is None or not runs:
        raise Wrong(*findings)
    return statement, runs[0], lines


def check_statement(bundle, run, check):
    """The statement is in the tree over the statements of its run."""
    size, root = whole(run.one("statement_count")), unhex(run.one("statements_root"))
    if size is None or root is None:
        why = "the entry of the run names no tree of statements"
    else:
        why = not_included(bundle["statement"], size, root)
    check(why is None, f"the statement is not proven to be of its run: {why}")


def number(text):
    """A decimal as a fraction; None when it is none."""
    plain = text.removeprefix("-").replace(".", "", 1)
    return Fraction(text) if plain.isascii() and plain.isdigit() else None


def check_fit(bundle, statement, run, lines, check):
    """Statement, lines and plans against each other."""
    for name in ("run", "period"):
        own, other = statement.one(name), run.one(name)
        check(own == other, f"the statement is of {name} {quoted(own)}, the entry of {quoted(other)}")
    check(statement.all("line") == [sha256(line) for line in bundle["lines"]],
          "the lines are not those whose digests the statement names")
    currency, digests, amounts = statement.one("currency"), {}, []
    for plan in bundle["plans"]:
        digests.setdefault(plan["name"], set()).add(plan_digest(plan["spec"]))
    for line, stated in lines:
        own, name, digest = line_id(stated), line.one("plan_version"), line.one("plan_digest")
        check(stated.one("payee") == statement.one("business_key"), f"{own} is of another payee")
        check(stated.one("currency") == currency, f"{own} is in another currency")
        amounts.append(number(stated.one("amount")))
        known = digest in digests.get(name, ()) or not name and not digest
        check(known, f"{own} names {name} with digest {digest}, which is not in the bundle")
    adds_up = None not in amounts and sum(amounts, Fraction(0)) == number(statement.one("total"))
    check(adds_up, f"the lines do not add up to {currency} {statement.one('total')}")
    taken, used, before = run.all("plan"), {line.one("plan_version") for line, _ in lines}, ""
    for plan in bundle["plans"]:
        name = plan["name"]
        check(f"{name} {plan_digest(plan['spec'])}" in taken, f"{name} as it is in the bundle did not take part in the run")
        check(name in used, f"no line names {name}")
        check(before.encode() < name.encode(), f"{name} does not come in its order")
        before = name


def verify(text, trusted=None):
    """What a sound bundle proves; raises Wrong with everything that is not."""
    findings = []

    def check(holds, what):
        if not holds:
            findings.append(what)

    try:
        bundle = read(text)
        size, root = signed_head(bundle, trusted)
        check_entries(bundle, size, root, check)
        statement, run, lines = texts_of(bundle, findings, check)
        check_statement(bundle, run, check)
        check_fit(bundle, statement, run, lines, check)
        said = said_by(bundle, statement, run, check)
        told = told_of_lines(bundle, statement, run, lines, check)
    except (KeyError, ValueError, TypeError, AttributeError, ZeroDivisionError, UnicodeError) as why:
        raise Wrong(*findings, f"cannot be read: {why!r}") from why
    if findings:
        raise Wrong(*findings)
    total = f"{statement.one('currency')} {statement.one('total')}"
    return Report(statement.one("statement"), run.one("version"), total, told, said, len(bundle["postings"]))


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
        report = verify(text, sys.argv[2] if len(sys.argv) == 3 else None)
    except Wrong as why:
        print("NOT SOUND", *why.findings, sep="\n  ")
        return 1
    print(f"sound: {report.statement}, version {report.version} of the period, total {report.total}", *report.lines, f"{report.postings} postings", *report.said,
          sep="\n  ")
    return 0


if __name__ == "__main__":
    sys.exit(main())
