"""The OpenAPI documents that the gateway serves, held against a validator that is not ours, and the pages beside them."""

import json
import os
import unittest
import urllib.request

from openapi_spec_validator import OpenAPIV2SpecValidator, OpenAPIV31SpecValidator

from reflected import Suite


def fetch(path):
    """An open document of the gateway: its type and its text. No key is sent."""
    with urllib.request.urlopen(f"http://{os.environ['TRIBUTARY_ENDPOINT'].removeprefix('http://')}{path}") as answer:
        return answer.headers["content-type"], answer.read().decode()


class OpenApi(unittest.TestCase):
    def errors(self, validator, path):
        document = json.loads(fetch(path)[1])
        found = [f"{list(e.absolute_path)[:6]}: {e.message[:200]}" for e in validator(document).iter_errors()]
        return document, found[:10]

    def test_both_documents_are_valid(self):
        for validator, path, version in [
            (OpenAPIV31SpecValidator, "/openapi.json", ("openapi", "3.1.0")),
            (OpenAPIV2SpecValidator, "/openapi-2.0.json", ("swagger", "2.0")),
        ]:
            document, errors = self.errors(validator, path)
            self.assertEqual(errors, [], path)
            self.assertEqual(document[version[0]], version[1])
            print(f"{path}: {len(document['paths'])} paths, valid")

    def test_a_broken_document_is_found(self):
        """The validator is not one that says yes to everything."""
        document = json.loads(fetch("/openapi.json")[1])
        next(iter(document["paths"].values()))["get"] = {"responses": {"200": {}}}
        self.assertTrue(list(OpenAPIV31SpecValidator(document).iter_errors()))

    def test_every_unary_method_of_the_reflection_is_in_the_document(self):
        document = json.loads(fetch("/openapi.json")[1])
        told = {operation["x-grpc-method"] for verbs in document["paths"].values() for operation in verbs.values()}
        suite = Suite(os.environ["TRIBUTARY_ENDPOINT"], os.environ["TRIBUTARY_API_KEY"])
        self.addCleanup(suite.close)
        for service in [s for s in suite.services() if s.startswith("tributary.")]:
            for method in suite._pool.FindServiceByName(service).methods:
                if method.name != "ReadFacts":  # between services
                    self.assertIn(f"{service}/{method.name}", told)

    def test_the_reference_needs_nothing_from_elsewhere(self):
        for path, kind in [("/reference", "text/html"), ("/reference.js", "text/javascript"), ("/reference.css", "text/css")]:
            content_type, text = fetch(path)
            self.assertTrue(content_type.startswith(kind))
            self.assertNotRegex(text, r"(src|href)=.?https?:|import .*https?:|@import|url\(.?https?:")


if __name__ == "__main__":
    unittest.main(verbosity=2)
