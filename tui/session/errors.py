"""Why a conversation could not begin. Knows nothing else, so that everything may import it."""


class LinkError(Exception):
    """No connection came about: `reason` in words, `advice` what to do.

    `transient`: the network's doing, which may have passed in a moment.
    """

    def __init__(self, reason: str, advice: str, *, transient: bool = False) -> None:
        super().__init__(f"{reason}; {advice}")
        self.reason = reason
        self.advice = advice
        self.transient = transient
