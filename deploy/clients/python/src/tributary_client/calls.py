"""How a call is made: with the caller's credential, a deadline over all attempts, a request id that stays the same, and
another attempt where that is safe."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any, Generic, TypeVar

import grpc
import grpc.aio
from google.protobuf.message import Message

from tributary_client.errors import TributaryError
from tributary_client.retry import Retries

Answer = TypeVar("Answer", bound=Message)
Credential = Callable[[], str]


@dataclass(frozen=True)
class Method(Generic[Answer]):
    """A method of the contract."""

    path: str
    answer: type[Answer]
    #: Whether a second call does no harm: it only reads, has a request id, or knows its effect by the caller's own keys.
    repeatable: bool
    #: Whether its request has a `request_id`.
    identified: bool


def with_request_id(method: Method[Any], request: Any) -> Any:
    """The request, with an id if it takes one and has none. The caller's message stays as it is."""
    if not method.identified or request.request_id:
        return request
    named = type(request)()
    named.CopyFrom(request)
    named.request_id = str(uuid.uuid4())
    return named


class _Base:
    def __init__(self, channel: Any, credential: Credential, retries: Retries, timeout: float) -> None:
        self.channel = channel
        self.retries = retries
        self.timeout = timeout
        self._credential = credential

    def _metadata(self) -> list[tuple[str, str]]:
        return [("authorization", f"Bearer {self._credential()}")]

    @staticmethod
    def _stub(kind: Callable[..., Any], method: Method[Any]) -> Any:
        return kind(method.path, request_serializer=_bytes_of, response_deserializer=method.answer.FromString)


class Calls(_Base):
    """Calls that wait."""

    def unary(self, method: Method[Answer], request: Message, timeout: float | None) -> Answer:
        """One answer."""
        request = with_request_id(method, request)
        stub = self._stub(self.channel.unary_unary, method)
        until = time.monotonic() + (self.timeout if timeout is None else timeout)
        self.retries.begin()
        for attempt in count(1):
            try:
                answer: Answer = stub(request, timeout=until - time.monotonic(), metadata=self._metadata())
                return answer
            except grpc.RpcError as failed:
                error = TributaryError.of_call(failed)
            pause = self.retries.pause(error, attempt, until - time.monotonic()) if method.repeatable else None
            if pause is None:
                raise error
            time.sleep(pause)
        raise AssertionError("unreachable")

    def down(self, method: Method[Answer], request: Message, timeout: float | None) -> Iterator[Answer]:
        """A stream of answers; without a timeout it may last."""
        return self._stream(self.channel.unary_stream, method, request, timeout)

    def both(self, method: Method[Answer], requests: Iterable[Message], timeout: float | None) -> Iterator[Answer]:
        """Streams both ways."""
        return self._stream(self.channel.stream_stream, method, iter(requests), timeout)

    def _stream(self, kind: Any, method: Method[Answer], sent: Any, timeout: float | None) -> Iterator[Answer]:
        answers = self._stub(kind, method)(sent, timeout=timeout, metadata=self._metadata())
        try:
            yield from answers
        except grpc.RpcError as failed:
            raise TributaryError.of_call(failed) from None
        finally:
            answers.cancel()

    def pages(self, call: Callable[..., Any], request: Any, items: str, timeout: float | None) -> Iterator[Any]:
        """The items of all pages."""
        asked = type(request)()
        asked.CopyFrom(request)
        while True:
            page = call(asked, timeout=timeout)
            yield from getattr(page, items)
            if not page.next_page_token:
                return
            asked.page_token = page.next_page_token


class AsyncCalls(_Base):
    """Calls to await."""

    async def unary(self, method: Method[Answer], request: Message, timeout: float | None) -> Answer:
        """One answer."""
        request = with_request_id(method, request)
        stub = self._stub(self.channel.unary_unary, method)
        until = time.monotonic() + (self.timeout if timeout is None else timeout)
        self.retries.begin()
        for attempt in count(1):
            try:
                answer: Answer = await stub(request, timeout=until - time.monotonic(), metadata=self._metadata())
                return answer
            except grpc.RpcError as failed:
                error = TributaryError.of_call(failed)
            pause = self.retries.pause(error, attempt, until - time.monotonic()) if method.repeatable else None
            if pause is None:
                raise error
            await asyncio.sleep(pause)
        raise AssertionError("unreachable")

    def down(self, method: Method[Answer], request: Message, timeout: float | None) -> AsyncIterator[Answer]:
        """A stream of answers; without a timeout it may last."""
        return self._stream(self.channel.unary_stream, method, request, timeout)

    def both(self, method: Method[Answer], requests: AsyncIterable[Message], timeout: float | None) -> AsyncIterator[Answer]:
        """Streams both ways."""
        return self._stream(self.channel.stream_stream, method, requests, timeout)

    async def _stream(self, kind: Any, method: Method[Answer], sent: Any, timeout: float | None) -> AsyncIterator[Answer]:
        answers = self._stub(kind, method)(sent, timeout=timeout, metadata=self._metadata())
        try:
            async for answer in answers:
                yield answer
        except grpc.RpcError as failed:
            raise TributaryError.of_call(failed) from None
        finally:
            answers.cancel()

    async def pages(
        self, call: Callable[..., Awaitable[Any]], request: Any, items: str, timeout: float | None
    ) -> AsyncIterator[Any]:
        """The items of all pages."""
        asked = type(request)()
        asked.CopyFrom(request)
        while True:
            page = await call(asked, timeout=timeout)
            for item in getattr(page, items):
                yield item
            if not page.next_page_token:
                return
            asked.page_token = page.next_page_token


def _bytes_of(message: Message) -> bytes:
    return message.SerializeToString()
