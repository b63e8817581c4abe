"""Canonical texts: a first line that says what it is, then `name=LENGTH:value` or `name=-` a line, LENGTH in bytes."""

import hashlib


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


class Text:
    """A text, taken apart; ValueError for one that is not canonical."""

    def __init__(self, text):
        self.text = text
        first, found, rest = text.encode().partition(b"\n")
        if not found:
            raise ValueError("no first line")
        self.sort, self.fields = first.decode(), []
        while rest:
            name, found, rest = rest.partition(b"=")
            if not found:
                raise ValueError("a field without a value")
            if rest.startswith(b"-\n"):
                self.fields.append((name.decode(), None))
                rest = rest[2:]
                continue
            length, found, rest = rest.partition(b":")
            # One way to write a length: digits alone, no sign, no leading zero.
            if not found or not length.isdigit() or str(int(length)).encode() != length:
                raise ValueError(f"the length of {name!r} is none")
            count = int(length)
            if rest[count:count + 1] != b"\n":
                raise ValueError(f"the length of {name!r} is wrong")
            self.fields.append((name.decode(), rest[:count].decode()))
            rest = rest[count + 1:]

    @classmethod
    def read(cls, text, sort=None):
        """The text, when it is canonical and of the sort; else None."""
        try:
            read = cls(text)
        except (ValueError, UnicodeError):
            return None
        return read if sort in (None, read.sort) else None

    def all(self, name):
        return [value for known, value in self.fields if known == name and value is not None]

    def one(self, name):
        """The value of a field; empty when it is unset or not there."""
        return next((value for known, value in self.fields if known == name), None) or ""
