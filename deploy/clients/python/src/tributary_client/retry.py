"""When a call is made again, and after how long. Nothing here waits or calls."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass

from tributary_client.errors import TributaryError


@dataclass(frozen=True)
class RetryPolicy:
    """How often, and how patiently. `RetryPolicy(attempts=1)` never retries."""

    #: At most this many attempts of a call, the first one included.
    attempts: int = 3
    #: Seconds before the second attempt; each further pause is twice as long, up to `longest_pause`.
    first_pause: float = 0.1
    longest_pause: float = 5.0
    #: Retries per call, on the average of a client: a suite in trouble is not buried under repeats.
    budget: float = 0.1
    #: Retries that are there to begin with, and at most.
    reserve: float = 10.0

    def pause(self, attempt: int, chance: float) -> float:
        """Seconds after this attempt; `chance` from 0 to 1 spreads callers over the second half."""
        return min(self.longest_pause, self.first_pause * 2.0 ** min(attempt - 1, 30)) * (0.5 + chance / 2)


class Retries:
    """The retries of a client: a policy and what is left of its budget."""

    def __init__(self, policy: RetryPolicy, chance: Callable[[], float] = random.random) -> None:
        self.policy = policy
        self._chance = chance
        self._left = policy.reserve
        self._lock = threading.Lock()

    def begin(self) -> None:
        """A call begins, and pays its share."""
        with self._lock:
            self._left = min(self.policy.reserve, self._left + self.policy.budget)

    def pause(self, error: TributaryError, attempt: int, remaining: float) -> float | None:
        """Seconds until the next attempt; None: the error is the caller's. What the suite asks for comes on top."""
        if not error.transient or attempt >= self.policy.attempts:
            return None
        pause = self.backoff(error, attempt)
        if pause >= remaining:
            return None
        with self._lock:
            if self._left < 1:
                return None
            self._left -= 1
        return pause

    def backoff(self, error: TributaryError | None, attempt: int) -> float:
        """Seconds to wait, whatever the budget."""
        asked = error.retry_after.total_seconds() if error and error.retry_after else 0.0
        return asked + self.policy.pause(attempt, self._chance())
