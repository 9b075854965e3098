"""Notices that something which should keep counting has stopped. Knows counts and times."""


class StallWatch:
    """Asked often; tells when the count has stood still for `limit_ns` of being asked, or at zero
    for `first_ns`.

    Time in which nobody asked does not count: then it was this program that stood still (stopped
    by ctrl-z, say), and the device deserves a new chance.
    """

    def __init__(self, limit_ns: int, first_ns: int = 0) -> None:
        self._limit_ns = limit_ns
        self._first_ns = first_ns or limit_ns
        self._count = -1
        self._stood_ns = 0
        self._asked_ns = 0

    def stalled(self, count: int, now_ns: int) -> bool:
        elapsed = now_ns - self._asked_ns
        self._asked_ns = now_ns
        if count != self._count or elapsed > self._limit_ns // 2:
            self._count = count
            self._stood_ns = 0
        else:
            self._stood_ns += elapsed
        return self._stood_ns >= (self._limit_ns if count else self._first_ns)
