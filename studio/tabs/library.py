"""The Library tab: everything that was made, to search, look at, compare, keep and throw away."""
from jobs.declared import DOORS
from studio.form import part

TITLES = {"image": "Pictures", "video": "Videos", "music": "Music", "speech": "Voices", "mesh": "3D", "song": "Songs", "film": "Films"}


def kinds() -> list[dict[str, str]]:
    """The chips: one for every type of work that this studio can make."""
    made = {door.request.job_type for door in DOORS.values() if door.public and door.request is not None}
    return [{"value": kind, "title": title} for kind, title in TITLES.items() if kind in made]


def build() -> None:
    """Lay the tab out."""
    part("library", kinds=kinds(), elem_id="library-wall")
