"""One call three ways: by grpcio, by sonora (gRPC-Web) and by JSON over plain HTTP. Nothing here is shared with the suite:
the annotations are read by Google's protobuf, paths and queries are put together by hand."""

import http.client
import json
import re
import urllib.parse
from collections import namedtuple

import grpc
import sonora.client
from google.api import annotations_pb2
from google.protobuf import json_format, message_factory
from google.rpc import error_details_pb2, status_pb2  # noqa: F401  the details are unpacked by name

# One outcome: the message of the answer, or a google.rpc.Status in JSON form, its details unpacked (the bytes of their maps
# have no order).
Outcome = namedtuple("Outcome", "answer error")
# google/rpc/code.proto says it in its comments.
HTTP_OF_CODE = {1: 499, 2: 500, 3: 400, 4: 504, 5: 404, 6: 409, 7: 403, 8: 429, 9: 400, 10: 409, 11: 400, 12: 501, 13: 500,
                14: 503, 15: 500, 16: 401}
VARIABLE = re.compile(r"\{([a-z_.]+)(?:=([^}]*))?\}")
DEADLINE_SECONDS = 30


class NotInJson(Exception):
    """The request has no JSON form at this path: a name that does not fit it, a list of messages in a query."""


class Rule:
    """The google.api.http annotation of a method."""

    def __init__(self, method):
        rule = annotations_pb2.google_dot_api_dot_http__pb2.HttpRule.FromString(
            method.GetOptions().Extensions[annotations_pb2.http].SerializeToString())
        self.verb = rule.WhichOneof("pattern").upper()
        self.template = getattr(rule, self.verb.lower())
        self.body = rule.body

    def variables(self):
        """(field, pattern) of each variable."""
        return [(match[1], match[2] or "*") for match in VARIABLE.finditer(self.template)]

    def request(self, message):
        """Path and body of a request."""
        fields = json_format.MessageToDict(message)
        path = self.template
        for field, pattern in self.variables():
            value = _take(message, fields, field)
            fits = re.escape(pattern).replace(r"\*\*", ".+").replace(r"\*", "[^/]+")
            if not re.fullmatch(fits, value or ""):
                raise NotInJson(f"{field} is {value!r}")
            path = VARIABLE.sub(lambda _: urllib.parse.quote(value, safe="/" if "/" in pattern else ""), path, count=1)
        if self.body == "*":
            return path, json.dumps(fields)
        body = None
        if self.body:
            name = _json_name(message, self.body)
            body = json.dumps(fields.pop(name, {}))
        query = urllib.parse.urlencode(list(_flat(fields)))
        return (f"{path}?{query}" if query else path), body


def _json_name(message, field):
    return message.DESCRIPTOR.fields_by_name[field].json_name


def _take(message, fields, path):
    """Takes the value at a proto path out of the JSON form."""
    *parents, last = path.split(".")
    for parent in parents:
        fields = fields.setdefault(_json_name(message, parent), {})
        message = getattr(message, parent)
    return fields.pop(_json_name(message, last), None)


def _flat(fields, prefix=""):
    for name, value in fields.items():
        if isinstance(value, dict):
            if not value:
                raise NotInJson("an empty message in a query")
            yield from _flat(value, f"{prefix}{name}.")
        elif isinstance(value, list):
            if any(isinstance(item, dict) for item in value):
                raise NotInJson("a list of messages in a query")
            yield from ((prefix + name, _text(item)) for item in value)
        else:
            yield prefix + name, _text(value)


def _text(value):
    return {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)


class ThreeWays:
    """The same call by each protocol."""

    def __init__(self, endpoint, key, suite):
        self.host = endpoint.removeprefix("http://")
        self.key = key
        self.suite = suite
        # Details of errors are metadata. Of more than 8 KiB grpc drops some at random.
        self._grpc = grpc.insecure_channel(self.host, options=[("grpc.max_metadata_size", 256 * 1024)])
        self._web = sonora.client.insecure_web_channel(f"http://{self.host}")
        self._http = http.client.HTTPConnection(self.host, timeout=DEADLINE_SECONDS)

    def close(self):
        self._grpc.close()
        self._http.close()

    def _metadata(self, request_id):
        return [("authorization", f"Bearer {self.key}"), ("x-request-id", request_id)]

    def classes(self, method):
        return message_factory.GetMessageClass(method.input_type), message_factory.GetMessageClass(method.output_type)

    def by_grpc(self, path, method, request, request_id):
        _, answer = self.classes(method)
        stub = self._grpc.unary_unary(path, lambda m: m.SerializeToString(), answer.FromString)
        try:
            return Outcome(stub(request, timeout=DEADLINE_SECONDS, metadata=self._metadata(request_id)), None)
        except grpc.RpcError as error:
            packed = dict(error.trailing_metadata() or []).get("grpc-status-details-bin", b"")
            return Outcome(None, _status(error.code().value[0], error.details(), packed))

    def by_web(self, path, method, request, request_id):
        _, answer = self.classes(method)
        stub = self._web.unary_unary(path, lambda m: m.SerializeToString(), answer.FromString)
        call = sonora.client.UnaryUnaryCall(
            request, DEADLINE_SECONDS, stub._metadata + self._metadata(request_id), stub._rpc_url, stub._session,
            stub._serializer, stub._deserializer)
        try:
            return Outcome(call(), None)
        except grpc.RpcError as error:
            # The client hands out code and message; the details stand beside them.
            trailers = {k.lower(): v for k, v in dict(call._trailers or call._response.headers).items()}
            packed = _from_base64(trailers.get("grpc-status-details-bin", ""))
            message = urllib.parse.unquote(trailers.get("grpc-message", ""))
            return Outcome(None, _status(error.code().value[0], message, packed))

    def by_json(self, path, method, request, request_id):
        _, answer = self.classes(method)
        rule = Rule(method)
        target, body = rule.request(request)
        headers = dict(self._metadata(request_id))
        if body is not None:
            headers["content-type"] = "application/json"
        self._http.request(rule.verb, target, body=body, headers=headers)
        response = self._http.getresponse()
        text = response.read().decode()
        if response.status == 200:
            message = json_format.Parse(text, answer(), descriptor_pool=self.suite._pool)
            wanted = json_format.MessageToDict(message, descriptor_pool=self.suite._pool)
            assert json.loads(text) == wanted, f"not canonical: {text} should be {wanted}"
            return Outcome(message, None)
        status = json_format.Parse(text, status_pb2.Status())
        assert response.status == HTTP_OF_CODE[status.code], f"HTTP {response.status} for {status}"
        return Outcome(None, _comparable(status))


def _from_base64(text):
    import base64
    return base64.b64decode(text + "=" * (-len(text) % 4))


def _status(code, message, packed):
    status = status_pb2.Status.FromString(packed)
    # What is packed says the same as what is beside it.
    assert not packed or (status.code, status.message) == (code, message), f"{status} beside {code} {message!r}"
    status.code, status.message = code, message
    return _comparable(status)


def _comparable(status):
    """The JSON form, without the moment of the call, which some messages quote."""
    return json.loads(re.sub(r"now is [0-9TZ:.-]+", "now is …", json_format.MessageToJson(status)))


def reason(status):
    """Reason of a status."""
    return next((detail["reason"] for detail in status.get("details", []) if "reason" in detail), "")
