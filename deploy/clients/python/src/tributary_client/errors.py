"""What the suite refuses, with everything it says about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import grpc
from google.rpc import code_pb2, error_details_pb2, status_pb2

_DETAILS = "grpc-status-details-bin"
_CODES = {code.value[0]: code for code in grpc.StatusCode}


@dataclass(frozen=True)
class Violation:
    """A field that is wrong: its path in the request ("partner.display_name") and what to do about it."""

    field: str
    description: str


@dataclass(eq=False)
class TributaryError(Exception):
    """A call, a row of a batch or an operation that was refused. React to `reason`, never to `message`; all reasons are in
    deploy/docs/errors.md."""

    code: grpc.StatusCode
    message: str
    #: What went wrong, in UPPER_SNAKE; empty when the answer came from something else than the suite.
    reason: str = ""
    #: Who says so: "partner.tributary".
    domain: str = ""
    #: The variable parts of the message.
    metadata: dict[str, str] = field(default_factory=dict)
    #: Every field that is wrong, at once.
    violations: tuple[Violation, ...] = ()
    #: How long to wait before the next attempt, when the suite says so.
    retry_after: timedelta | None = None

    def __str__(self) -> str:
        said = f"{self.code.name} {self.reason}".rstrip() + f": {self.message}"
        # A single one is the message.
        violations = self.violations if len(self.violations) > 1 else ()
        return "; ".join([said, *(f"{wrong.field}: {wrong.description}" for wrong in violations)])

    @property
    def transient(self) -> bool:
        """Whether the same call may succeed a little later."""
        if self.code is grpc.StatusCode.RESOURCE_EXHAUSTED:
            return self.retry_after is not None
        return self.code is grpc.StatusCode.UNAVAILABLE

    @classmethod
    def of_status(cls, status: status_pb2.Status) -> TributaryError:
        """Of a google.rpc.Status: the `error` of a row or of an operation."""
        error = cls(_CODES.get(status.code, grpc.StatusCode.UNKNOWN), status.message)
        info, bad, retry = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest(), error_details_pb2.RetryInfo()
        for detail in status.details:
            if detail.Unpack(info):
                error.reason, error.domain, error.metadata = info.reason, info.domain, dict(info.metadata)
            elif detail.Unpack(bad):
                error.violations += tuple(Violation(wrong.field, wrong.description) for wrong in bad.field_violations)
            elif detail.Unpack(retry):
                error.retry_after = retry.retry_delay.ToTimedelta()
        return error

    @classmethod
    def of_call(cls, failed: Any) -> TributaryError:
        """Of what grpc raised."""
        for key, value in failed.trailing_metadata() or ():
            if key == _DETAILS:
                return cls.of_status(status_pb2.Status.FromString(value))
        return cls(failed.code(), failed.details() or code_pb2.Code.Name(failed.code().value[0]))
