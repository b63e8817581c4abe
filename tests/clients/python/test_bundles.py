"""The bundles that hold the format to what it was, verified by tests/oracle/verify_bundle.py, which must say of them what
`tributary verify` says: tests/oracle/bundles/told.json is written by the tests of the suite's own verifier. Needs no server.
"""

import json
import pathlib
import sys
import unittest

ORACLE = pathlib.Path(__file__).parent.parent.parent / "oracle"
sys.path.insert(0, str(ORACLE))

from bundle_proofs import Wrong  # noqa: E402
from verify_bundle import verify  # noqa: E402


def read(name):
    # As it is: other ends of lines would be another file.
    with open(ORACLE / "bundles" / name, encoding="utf-8", newline="") as file:
        return file.read()


class Bundles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.told = json.loads(read("told.json"))
        cls.key = cls.told.pop("key")

    def test_the_same_is_said_of_every_file(self):
        files = {file.name for file in (ORACLE / "bundles").glob("*.bundle")}
        self.assertEqual(files, set(self.told))
        self.assertGreaterEqual(len(files), 6)
        for name, told in self.told.items():
            with self.subTest(name):
                try:
                    report = verify(read(name), self.key)
                except Wrong as why:
                    self.assertEqual(why.findings, told.get("findings"))
                    continue
                said = {name: told[name] for name in ("statement", "version", "total", "postings", "said")}
                self.assertEqual({name: getattr(report, name) for name in said}, said)
                for line, own in zip(told["lines"], report.lines, strict=True):
                    start, how = f"{line['line']} {line['amount']}: ", line["not_recomputed"]
                    # How many facts it was recomputed from is said here alone.
                    self.assertTrue(own.startswith(start + (f"proven, not recomputed: {how}" if how else "recomputed from ")), own)

    def test_another_key_and_another_file_are_refused(self):
        file = read("whole.bundle")
        other = self.key.replace("example.com", "example.org")
        for text, key, why in (
            (file, other, f"the bundle names the key {self.key}; you trust {other}"),
            (file.replace("month end", "month one"), self.key, "the file is not the one that was issued"),
            (file.replace("  ", " "), self.key, "the file is not written as bundles are"),
            (file.replace("bundle.v1", "bundle.v2"), self.key,
             'the file has the format "tributary.statement-bundle.v2", not "tributary.statement-bundle.v1"'),
        ):
            with self.subTest(why):
                self.assertNotEqual((text, key), (file, self.key))
                with self.assertRaises(Wrong) as refused:
                    verify(text, key)
                self.assertEqual(refused.exception.findings, [why])


if __name__ == "__main__":
    unittest.main()
