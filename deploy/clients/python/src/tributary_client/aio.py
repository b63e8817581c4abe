"""The client whose calls are awaited."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any, TypeVar

import grpc.aio
from google.longrunning import operations_proto_pb2 as longrunning
from google.protobuf.message import Message

from tributary_client import connection, gateway
from tributary_client.aio_services import Services
from tributary_client.calls import AsyncCalls
from tributary_client.client import TURN, Watch, result_of, turn
from tributary_client.errors import TributaryError
from tributary_client.retry import Retries, RetryPolicy

Answer = TypeVar("Answer", bound=Message)


class AsyncClient(Services):
    """As Client, to await. Make it where the event loop runs; it belongs to that loop."""

    def __init__(
        self,
        endpoint: str,
        *,
        api_key: str | None = None,
        token: str | Callable[[], str] | None = None,
        root_certificates: bytes | None = None,
        timeout: float = 30.0,
        retry: RetryPolicy | None = None,
    ) -> None:
        known = connection.credential(api_key, token)
        self._channel: grpc.aio.Channel = connection.open_channel(grpc.aio, endpoint, root_certificates)
        self._retries = Retries(retry or RetryPolicy())
        super().__init__(AsyncCalls(self._channel, known, self._retries, timeout))

    @classmethod
    def from_environment(cls, **given: Any) -> AsyncClient:
        """As Client.from_environment."""
        return cls(**connection.from_environment(given))

    async def close(self) -> None:
        """Ends all calls."""
        await self._channel.close()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def wait(self, operation: longrunning.Operation, answer: type[Answer], *, timeout: float = 600.0) -> Answer:
        """As Client.wait."""
        until = time.monotonic() + timeout
        while not operation.done:
            operation = await self.operations.wait_operation(turn(operation, until), timeout=TURN + 20)
        return result_of(operation, answer)

    async def watch_events(
        self, *, cursor: str = "", types: Iterable[str] = (), subject: str = "", latest: bool = False, moves: bool = False
    ) -> AsyncIterator[gateway.WatchEventsResponse]:
        """As Client.watch_events."""
        watch = Watch(gateway.WatchEventsRequest(types=types, subject=subject, cursor=cursor, latest=latest), self._retries)
        while True:
            try:
                async for said in self.event_feed.watch_events(watch.asked):
                    watch.heard(said)
                    if moves or said.HasField("event"):
                        yield said
                pause = watch.pause(None)
            except TributaryError as failed:
                pause = watch.pause(failed)
            await asyncio.sleep(pause)
