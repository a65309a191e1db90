"""The Queue tab: what is at work, what comes next, and how earlier work ended."""
from studio.form import part


def build() -> None:
    """Lay the tab out."""
    part("queue", elem_id="queue-wall")
