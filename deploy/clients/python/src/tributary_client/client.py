"""The client whose calls wait."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import grpc
from google.longrunning import operations_proto_pb2 as longrunning
from google.protobuf.message import Message

from tributary_client import connection, gateway
from tributary_client.calls import Calls
from tributary_client.errors import TributaryError
from tributary_client.retry import Retries, RetryPolicy
from tributary_client.services import Services

Answer = TypeVar("Answer", bound=Message)
#: Seconds for which the suite is asked to wait with its answer.
TURN = 10


class Client(Services):
    """Every service of the suite: `client.partner.create_partner(…)`, `client.fact.batch_record_facts(…)`.

    Calls have a deadline of `timeout` seconds over all attempts, are made again where that is safe, and raise
    TributaryError. A client is safe to share between threads; close it, or use it in `with`.
    """

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
        self._channel: grpc.Channel = connection.open_channel(grpc, endpoint, root_certificates)
        self._retries = Retries(retry or RetryPolicy())
        super().__init__(Calls(self._channel, known, self._retries, timeout))

    @classmethod
    def from_environment(cls, **given: Any) -> Client:
        """With the arguments given, and the rest from TRIBUTARY_ENDPOINT and TRIBUTARY_API_KEY or TRIBUTARY_TOKEN."""
        return cls(**connection.from_environment(given))

    def close(self) -> None:
        """Ends all calls."""
        self._channel.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def wait(self, operation: longrunning.Operation, answer: type[Answer], *, timeout: float = 600.0) -> Answer:
        """What a long operation gives: `client.wait(operation, incentive.Run)`. Raises TributaryError when it failed,
        TimeoutError when it goes on for longer; it then still does, and may be waited for again."""
        until = time.monotonic() + timeout
        while not operation.done:
            operation = self.operations.wait_operation(turn(operation, until), timeout=TURN + 20)
        return result_of(operation, answer)

    def watch_events(
        self, *, cursor: str = "", types: Iterable[str] = (), subject: str = "", latest: bool = False, moves: bool = False
    ) -> Iterator[gateway.WatchEventsResponse]:
        """Events as they come, without an end: after a disconnect or a restart it goes on behind the last one. Keep the
        `cursor` of what you have worked through, and begin there next time. With `moves` also messages without an event,
        which only move the cursor. Raises TributaryError for what no waiting mends, such as EVENT_CURSOR_EXPIRED."""
        watch = Watch(gateway.WatchEventsRequest(types=types, subject=subject, cursor=cursor, latest=latest), self._retries)
        while True:
            try:
                for said in self.event_feed.watch_events(watch.asked):
                    watch.heard(said)
                    if moves or said.HasField("event"):
                        yield said
                pause = watch.pause(None)
            except TributaryError as failed:
                pause = watch.pause(failed)
            time.sleep(pause)


class Watch:
    """A stream of events over all its connections, whoever waits for them."""

    def __init__(self, asked: gateway.WatchEventsRequest, retries: Retries) -> None:
        self.asked = asked
        self._retries = retries
        self._failed = 0

    def heard(self, said: gateway.WatchEventsResponse) -> None:
        """Goes on behind this. A tenant without events has no cursor yet: then its beginning is the place."""
        self._failed = 0
        self.asked.cursor, self.asked.latest = said.cursor, False

    def pause(self, error: TributaryError | None) -> float:
        """Seconds until it connects again. Raises what no waiting mends."""
        if error is not None and not error.transient:
            raise error
        self._failed += 1
        return self._retries.backoff(error, self._failed)


def turn(operation: longrunning.Operation, until: float) -> longrunning.WaitOperationRequest:
    """Asks for an operation as it will stand in a while."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError(f"{operation.name} is not done yet")
    request = longrunning.WaitOperationRequest(name=operation.name)
    request.timeout.FromMilliseconds(int(min(TURN, left) * 1000))
    return request


def result_of(operation: longrunning.Operation, answer: type[Answer]) -> Answer:
    """The response of an operation that is done."""
    if operation.HasField("error"):
        raise TributaryError.of_status(operation.error)
    result = answer()
    if not operation.response.Unpack(result):
        raise TypeError(f"{operation.name} gives a {operation.response.TypeName()}, not a {result.DESCRIPTOR.full_name}")
    return result
