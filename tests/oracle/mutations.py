"""Random mutations of a bundle: characters of the file, texts and lists of what its JSON says, and changes of a line whose
digests are repaired as far as that goes without the key."""

import hashlib
import json


def text(rng, value):
    """A text with one character changed, left out, doubled, or two of them turned."""
    if not value:
        return "x"
    at, other = rng.randrange(len(value)), rng.randrange(len(value))
    how = rng.randrange(4)
    if how == 0:
        return value[:at] + chr(rng.randrange(32, 127)) + value[at + 1:]
    if how == 1:
        return value[:at] + value[at + 1:]
    if how == 2:
        return value[:at] + value[at] + value[at:]
    one, two = sorted((at, other))
    return value if one == two else value[:one] + value[two] + value[one + 1:two] + value[one] + value[two + 1:]


def places(value, kind, found):
    """(holder, key) of everything of a kind."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(inner, kind) and inner:
            found.append((value, key))
        if isinstance(inner, (dict, list)):
            places(inner, kind, found)
    return found


def written(bundle):
    return json.dumps(bundle, ensure_ascii=False, indent=2) + "\n"


def mutate(rng, file):
    """Another file."""
    how = rng.randrange(4)
    if how == 0:
        return text(rng, file)
    bundle = json.loads(file)
    if how == 1:
        holder, key = rng.choice(places(bundle, str, []))
        holder[key] = text(rng, holder[key])
    elif how == 2:
        holder, key = rng.choice(places(bundle, list, []))
        items, what = holder[key], rng.randrange(3)
        one, other = rng.randrange(len(items)), rng.randrange(len(items))
        if what == 0:
            del items[one]
        elif what == 1:
            items.insert(other, items[one])
        else:
            items[one], items[other] = items[other], items[one]
    else:
        at = rng.randrange(len(bundle["lines"]))
        before = hashlib.sha256(bundle["lines"][at].encode()).hexdigest()
        bundle["lines"][at] = text(rng, bundle["lines"][at])
        after = hashlib.sha256(bundle["lines"][at].encode()).hexdigest()
        bundle["statement"]["text"] = bundle["statement"]["text"].replace(before, after)
    return written(bundle)
