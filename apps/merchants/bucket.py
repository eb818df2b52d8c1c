"""How much one socket may write."""

import time
from collections.abc import Callable


class Bucket:
    """How much may be written: `burst` at once, `rate` per second after that."""

    def __init__(self, *, burst: float, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.burst, self.rate, self.clock = burst, rate, clock
        self.level, self.at, self.refused = burst, clock(), 0

    def take(self) -> bool:
        """Whether one more may pass; `refused` counts those in a row that might not."""
        moment = self.clock()
        self.level = min(self.burst, self.level + (moment - self.at) * self.rate)
        self.at = moment
        if self.level < 1:
            self.refused += 1
            return False
        self.level -= 1
        self.refused = 0
        return True
