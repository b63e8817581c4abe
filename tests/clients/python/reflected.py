"""A client that knows nothing but an address and a key: it learns messages and methods from the server by reflection."""

import uuid

import grpc
from google.protobuf import descriptor_pool, json_format, message_factory
from google.rpc import error_details_pb2, status_pb2
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

DEADLINE_SECONDS = 30


class _WithKey(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor, grpc.StreamStreamClientInterceptor):
    """Sends the key with every call."""

    def __init__(self, key):
        self._metadata = [("authorization", f"Bearer {key}")] if key else []

    def _details(self, details):
        class Details(grpc.ClientCallDetails):
            method = details.method
            timeout = details.timeout
            credentials = details.credentials
            wait_for_ready = details.wait_for_ready
            compression = details.compression
            metadata = list(details.metadata or []) + self._metadata

        return Details()

    def intercept_unary_unary(self, continuation, details, request):
        return continuation(self._details(details), request)

    def intercept_unary_stream(self, continuation, details, request):
        return continuation(self._details(details), request)

    def intercept_stream_stream(self, continuation, details, requests):
        return continuation(self._details(details), requests)


class Refused(Exception):
    """An error with its details: reason, domain and metadata of ErrorInfo, field violations of BadRequest."""

    def __init__(self, error):
        super().__init__(f"{error.code().name}: {error.details()}")
        self.code = error.code().name
        self.message = error.details()
        trailers = dict(error.trailing_metadata() or [])
        status = status_pb2.Status.FromString(trailers.get("grpc-status-details-bin", b""))
        self.reason, self.domain, self.metadata, self.violations = details_of(status)


def details_of(status):
    """What a google.rpc.Status carries: reason, domain, metadata, {field: description}."""
    info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    for detail in status.details:
        detail.Unpack(info)
        detail.Unpack(bad)
    violations = {v.field: v.description for v in bad.field_violations}
    return info.reason, info.domain, dict(info.metadata), violations


class Suite:
    """The suite behind an endpoint, with TLS where there are credentials for it."""

    def __init__(self, endpoint, key, credentials=None):
        address = endpoint.removeprefix("http://")
        self._plain = grpc.secure_channel(address, credentials) if credentials else grpc.insecure_channel(address)
        self._channel = grpc.intercept_channel(self._plain, _WithKey(key))
        self._reflection = ProtoReflectionDescriptorDatabase(self._channel)
        self._pool = descriptor_pool.DescriptorPool(self._reflection)

    def close(self):
        self._plain.close()

    def services(self):
        """Full names of the services."""
        return sorted(self._reflection.get_services())

    def method(self, name):
        """The descriptor of a method: "tributary.partner.v1.PartnerService/GetPartner"."""
        service, method = name.split("/")
        return self._pool.FindServiceByName(service).methods_by_name[method]

    def message(self, name):
        """The class of a message."""
        return message_factory.GetMessageClass(self._pool.FindMessageTypeByName(name))

    def call(self, name, fields):
        """Calls a unary method with a request in JSON form; raises Refused."""
        stub, request = self._stub(self._channel.unary_unary, name, fields)
        try:
            return stub(request, timeout=DEADLINE_SECONDS)
        except grpc.RpcError as error:
            raise Refused(error) from error

    def parts(self, name, fields):
        """All that a method streams, for a request in JSON form; raises Refused."""
        stub, request = self._stub(self._channel.unary_stream, name, fields)
        try:
            return list(stub(request, timeout=DEADLINE_SECONDS))
        except grpc.RpcError as error:
            raise Refused(error) from error

    def _stub(self, kind, name, fields):
        method = self.method(name)
        request = message_factory.GetMessageClass(method.input_type)()
        json_format.ParseDict(fields, request, descriptor_pool=self._pool)
        answer = message_factory.GetMessageClass(method.output_type)
        stub = kind(f"/{name}", request_serializer=lambda m: m.SerializeToString(), response_deserializer=answer.FromString)
        return stub, request

    def unpack(self, packed):
        """The message inside an Any, its class found by reflection."""
        message = self.message(packed.type_url.rsplit("/", 1)[-1])()
        message.ParseFromString(packed.value)
        return message


def fresh_id(prefix):
    """An id that no earlier run has used."""
    return f"{prefix}-{uuid.uuid4().hex[:12]}"
