"""What is printed when the screen itself fails: the trace, without what variables held."""

from rich.console import Console
from rich.segment import Segments


def crash_report(console: Console) -> Segments:
    """The present exception. Local variables are left out: they hold keys and signed URLs."""
    from rich.traceback import Traceback  # noqa: PLC0415  only needed for a crash

    trace = Traceback(show_locals=False, width=None)
    return Segments(console.render(trace, console.options))
