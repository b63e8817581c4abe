"""What the entries of a bundle say of its statement, for verify_bundle.py: who approved its plans, on which run its period was
locked, and what was posted of it. In the words of `tributary verify`."""

import json

from canonical import Text, sha256

RUN, PLAN_VERSION = "tributary.run.v1", "tributary.plan-version.v1"
PERIOD, LEDGER_ENTRY = "tributary.period.v1", "tributary.ledger-entry.v1"
# What ends a reservation.
ENDS = ("posted", "voided", "expired")


def plan_digest(spec):
    return sha256(f"tributary.plan.v1\nspec={len(spec.encode())}:{spec}\n")


def said_by(bundle, statement, run, check):
    """What the log says of plans and the period, and of what it says nothing, a sentence each."""
    digests = {plan["name"]: plan_digest(plan["spec"]) for plan in bundle["plans"]}
    said, texts = [], []
    for entry in bundle["entries"]:
        text, at = Text.read(entry["text"]), entry["position"]
        if text is None:
            check(False, f"the entry at {at} is no canonical text")
            continue
        check(is_of(text, run, digests), f"the entry at {at} is not about this statement")
        if text.sort == PLAN_VERSION:
            said.append(f"{text.one('plan_version')} became {text.one('state')} by {text.one('actor')}")
        texts.append(text)
    for plan in bundle["plans"]:
        said += approval(plan["name"], texts, check)
    said.append(lock(texts, run))
    postings(bundle["postings"], texts, statement, run, check)
    return said


def is_of(entry, run, digests):
    """Whether an entry is about the statement of a run."""
    if entry.sort == PERIOD:
        return entry.one("period") == f"{run.one('programme')}/periods/{run.one('period')}"
    if entry.sort == PLAN_VERSION:
        return digests.get(entry.one("plan_version")) == entry.one("spec_digest")
    return entry.sort in (RUN, LEDGER_ENTRY)


def approval(plan, entries, check):
    """That a plan was approved before the run. What the log saw being written it must have seen being approved; of an older
    version it may say nothing."""
    at = next((at for at, entry in enumerate(entries) if entry.sort == RUN), len(entries))
    own = [entry for entry in entries[:at] if entry.one("plan_version") == plan]
    written = bool(own) and own[0].one("state") == "DRAFT"
    approved = any(entry.one("state") in ("APPROVED", "ACTIVE") and entry.one("approver") for entry in own)
    check(approved or not written, f"{plan} took part in the run, but nobody approved it")
    return [] if approved or written else [f"the log says nothing of the approval of {plan}"]


def lock(entries, run):
    """On which run the period was locked."""
    locks = [entry for entry in entries if entry.sort == PERIOD]
    own = next((entry for entry in locks if entry.one("run") == run.one("run")), None)
    if own:
        return f"{own.one('period')} was locked on this run by {own.one('actor')}"
    if locks:
        return f"{locks[0].one('period')} was locked on {locks[0].one('run')}, not on this run"
    return "the period was not locked on this run when the file was issued"


def postings(given, entries, statement, run, check):
    """The postings are those that the log names, and about the statement."""
    named = [(entry.one("position"), entry.one("digest")) for entry in entries if entry.sort == LEDGER_ENTRY]
    found, known = [], set()
    for posting in given:
        text = Text.read(posting, "tributary.journal.v1")
        position = text.one("position") if text else ""
        about = text is not None and follows(content_of(text), statement, run, known)
        check(about, f"entry {position} of the ledger is not about this statement")
        found.append((position, sha256(posting)))
    check(found == named, "the postings are not those that the log names")


def content_of(text):
    """What an entry of the ledger did, and with what."""
    try:
        ((what, of),) = json.loads(text.one("content")).items()
    except (ValueError, AttributeError):
        return "", {}
    return (what, of) if isinstance(of, dict) else ("", {})


def follows(content, statement, run, known):
    """Whether an entry of the ledger records a transaction about the statement, or ends the reservation of one before it."""
    what, of = content
    if what in ENDS:
        return of.get("transaction") in known
    if what != "recorded":
        return False
    own = statement.one("statement").removeprefix("statements/")
    accrued = of.get("cause") == run.one("run") and of.get("id") in (f"accrual.{own}", f"accrual.{own}.back")
    about = of.get("cause") in (f"statements/{own}", f"settlements/{own}") or accrued or of.get("reverses") in known
    if about:
        known.add(of["id"])
    return about
