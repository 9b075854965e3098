"""What is printed when the screen itself fails: the trace, without what variables held."""

from rich.console import Console
from rich.segment import Segments


def plain_console() -> Console:
    """For what is said once the screen is gone: without colours, which `printing` would show as
    what they are made of, as it does with whatever an exception's words hold."""
    return Console(markup=False, highlight=False, stderr=True, color_system=None)


def crash_report(console: Console) -> Segments:
    """The present exception. Local variables are left out: they hold keys and signed URLs."""
    from rich.traceback import Traceback  # noqa: PLC0415  only needed for a crash

    trace = Traceback(show_locals=False, width=None)
    return Segments(console.render(trace, console.options))
