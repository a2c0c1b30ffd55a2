"""Look again and again, for `seedmask status --watch`."""

import time
from collections.abc import Callable, Sequence

from rich.console import Console

from pipeline.progress.display import display_on
from pipeline.progress.rows import Row, State


def watch_on(console: Console, rows: Callable[[], Sequence[Row]], seconds: float) -> None:
    """Show the rows until all of them are done, or until Ctrl-C.

    Args:
        console: where; a file gets lines.
        rows: looks at the results.
        seconds: between two looks.
    """
    display = display_on(console)
    try:
        display.update(found := rows())
        while any(row.state != State.done for row in found):
            time.sleep(seconds)
            display.update(found := rows())
    except KeyboardInterrupt:
        pass
    finally:
        display.close()
