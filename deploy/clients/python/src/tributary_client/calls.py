"""How a call is made: with the caller's credential, a deadline over all attempts, a request id that stays the same, and
another attempt where that is safe."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
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
    #: Whether a second call does no harm: it only reads, has a request id, or a key under which nothing changes any more.
    repeatable: bool
    #: Whether its request has a `request_id`.
    identified: bool


def with_request_id(method: Method[Any], request: Any) -> Any:
    """The request, with an id if it takes one and has none."""
    if not method.identified or request.request_id:
        return request
    named = copied(request)
    named.request_id = str(uuid.uuid4())
    return named


class Attempts:
    """The attempts of one call, whoever waits for them."""

    def __init__(self, method: Method[Any], retries: Retries, timeout: float) -> None:
        self._repeatable = method.repeatable
        self._retries = retries
        self._until = time.monotonic() + timeout
        self._made = 0
        self._last: TributaryError | None = None
        retries.begin()

    def next(self) -> float:
        """Another attempt: the seconds it has. Raises when none are left; then nothing is sent."""
        self._made += 1
        left = self._until - time.monotonic()
        if left <= 0:
            over = "the deadline was over before the call was sent"
            # What was sent before may have had its effect.
            raise self._last or TributaryError(grpc.StatusCode.DEADLINE_EXCEEDED, over)
        return left

    def pause(self, failed: grpc.RpcError) -> float:
        """Seconds until the next attempt. Raises what the suite said when there is none."""
        error = TributaryError.of_call(failed)
        left = self._until - time.monotonic()
        pause = self._retries.pause(error, self._made, left) if self._repeatable else None
        if pause is None:
            raise error from None
        self._last = error
        return pause


class _Base:
    def __init__(self, channel: Any, credential: Credential, retries: Retries, timeout: float) -> None:
        if timeout <= 0:
            raise ValueError(f"timeout is {timeout}; give seconds above 0")
        self.channel = channel
        self.retries = retries
        self.timeout = timeout
        self._credential = credential

    def _attempts(self, method: Method[Any], timeout: float | None) -> Attempts:
        return Attempts(method, self.retries, self.timeout if timeout is None else timeout)

    def _metadata(self) -> list[tuple[str, str]]:
        return [("authorization", f"Bearer {self._credential()}")]

    def _stream_of(self, kind: Any, method: Method[Any], sent: Any, timeout: float | None) -> Any:
        if timeout is not None and timeout <= 0:
            raise TributaryError(grpc.StatusCode.DEADLINE_EXCEEDED, "the deadline was over before the call was sent")
        return self._stub(kind, method)(sent, timeout=timeout, metadata=self._metadata())

    @staticmethod
    def _stub(kind: Callable[..., Any], method: Method[Any]) -> Any:
        return kind(method.path, request_serializer=_bytes_of, response_deserializer=method.answer.FromString)


class Calls(_Base):
    """Calls that wait."""

    def unary(self, method: Method[Answer], request: Message, timeout: float | None) -> Answer:
        """One answer."""
        request = with_request_id(method, request)
        stub = self._stub(self.channel.unary_unary, method)
        attempts = self._attempts(method, timeout)
        while True:
            try:
                answer: Answer = stub(request, timeout=attempts.next(), metadata=self._metadata())
                return answer
            except grpc.RpcError as failed:
                pause = attempts.pause(failed)
            time.sleep(pause)

    def down(self, method: Method[Answer], request: Message, timeout: float | None) -> Iterator[Answer]:
        """A stream of answers; without a timeout it may last."""
        return self._stream(self.channel.unary_stream, method, request, timeout)

    def both(self, method: Method[Answer], requests: Iterable[Message], timeout: float | None) -> Iterator[Answer]:
        """Streams both ways."""
        return self._stream(self.channel.stream_stream, method, iter(requests), timeout)

    def _stream(self, kind: Any, method: Method[Answer], sent: Any, timeout: float | None) -> Iterator[Answer]:
        answers = self._stream_of(kind, method, sent, timeout)
        try:
            yield from answers
        except grpc.RpcError as failed:
            raise TributaryError.of_call(failed) from None
        finally:
            answers.cancel()

    def pages(self, call: Callable[..., Any], request: Any, items: str, timeout: float | None) -> Iterator[Any]:
        """The items of all pages."""
        asked = copied(request)
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
        attempts = self._attempts(method, timeout)
        while True:
            try:
                answer: Answer = await stub(request, timeout=attempts.next(), metadata=self._metadata())
                return answer
            except grpc.RpcError as failed:
                pause = attempts.pause(failed)
            await asyncio.sleep(pause)

    def down(self, method: Method[Answer], request: Message, timeout: float | None) -> AsyncIterator[Answer]:
        """A stream of answers; without a timeout it may last."""
        return self._stream(self.channel.unary_stream, method, request, timeout)

    def both(self, method: Method[Answer], requests: AsyncIterable[Message], timeout: float | None) -> AsyncIterator[Answer]:
        """Streams both ways."""
        return self._stream(self.channel.stream_stream, method, requests, timeout)

    async def _stream(self, kind: Any, method: Method[Answer], sent: Any, timeout: float | None) -> AsyncIterator[Answer]:
        answers = self._stream_of(kind, method, sent, timeout)
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
        asked = copied(request)
        while True:
            page = await call(asked, timeout=timeout)
            for item in getattr(page, items):
                yield item
            if not page.next_page_token:
                return
            asked.page_token = page.next_page_token


def copied(request: Any) -> Any:
    """The same message again: the caller's stays as it is."""
    copy = type(request)()
    copy.CopyFrom(request)
    return copy


def _bytes_of(message: Message) -> bytes:
    return message.SerializeToString()
