"""A server that answers as it is told, and notes what it was asked."""

from __future__ import annotations

from collections.abc import Callable
from concurrent import futures
from typing import Any

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.rpc import error_details_pb2, status_pb2

from tributary_client import partner


def refusal(code: grpc.StatusCode, message: str, *details: Any) -> status_pb2.Status:
    """A google.rpc.Status with details."""
    status = status_pb2.Status(code=code.value[0], message=message)
    for detail in details:
        packed = any_pb2.Any()
        packed.Pack(detail)
        status.details.append(packed)
    return status


def later(seconds: float) -> error_details_pb2.RetryInfo:
    """Asks to wait."""
    delay = duration_pb2.Duration()
    delay.FromNanoseconds(int(seconds * 10**9))
    return error_details_pb2.RetryInfo(retry_delay=delay)


class Fake(grpc.GenericRpcHandler):
    """Each call takes the next of `answers`: a message, a Status to fail with, or a list of both for a stream."""

    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.seen: list[Any] = []
        self.metadata: list[dict[str, Any]] = []
        self.requests: dict[str, Any] = {
            "CreatePartner": partner.CreatePartnerRequest,
            "GetPartner": partner.GetPartnerRequest,
            "ListPartners": partner.ListPartnersRequest,
        }
        self._server = grpc.server(futures.ThreadPoolExecutor(4))
        self._server.add_generic_rpc_handlers((self,))
        self.endpoint = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    def stop(self) -> None:
        self._server.stop(None)

    def knows(self, method: str, request: Any) -> None:
        """Reads the requests of a method as this message."""
        self.requests[method] = request

    def service(self, details: grpc.HandlerCallDetails) -> Any:
        read = self.requests[details.method.rsplit("/", 1)[1]]
        kind: Callable[..., Any] = grpc.unary_unary_rpc_method_handler
        handle: Callable[..., Any] = self._answer
        if self.answers and isinstance(self.answers[0], list):
            kind, handle = grpc.unary_stream_rpc_method_handler, self._stream
        return kind(handle, request_deserializer=read.FromString, response_serializer=lambda m: m.SerializeToString())

    def _note(self, request: Any, context: grpc.ServicerContext) -> Any:
        self.seen.append(request)
        self.metadata.append(dict(context.invocation_metadata()))
        return self.answers.pop(0)

    def _answer(self, request: Any, context: grpc.ServicerContext) -> Any:
        return self._said(self._note(request, context), context)

    def _stream(self, request: Any, context: grpc.ServicerContext) -> Any:
        for answer in self._note(request, context):
            yield self._said(answer, context)

    def _said(self, answer: Any, context: grpc.ServicerContext) -> Any:
        if not isinstance(answer, status_pb2.Status):
            return answer
        context.set_trailing_metadata((("grpc-status-details-bin", answer.SerializeToString()),))
        codes = {code.value[0]: code for code in grpc.StatusCode}
        context.abort(codes[answer.code], answer.message)
        raise AssertionError("unreachable")
