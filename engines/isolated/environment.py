"""An environment of its own for a package: where it lies, whether the package is in it, and how a person makes it."""

import re
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from config import settings

NORMAL = re.compile(r"[-_.]+")
WINDOWS = sys.platform == "win32"


@dataclass(frozen=True)
class Environment:
    """STUDIO_HOME/envs/<name> with its own Python, and the pinned package that makes it worth while."""

    name: str
    package: str
    """name==version"""

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return settings().home / "envs" / self.name

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / ("Scripts/python.exe" if WINDOWS else "bin/python")

    def missing(self) -> str:
        """What is missing, and the command that brings it; empty if all is there. Nothing is run for it."""
        name, _, version = self.package.partition("==")
        if settings().public and not (self.python.is_file() and version in self._versions(name)):
            return f"it needs {self.package} in an environment of its own, which whoever runs this studio can make"
        install = f"{shlex.quote(str(self.python))} -m pip install {self.package}"
        if not self.python.is_file():
            make = f"python3 -m venv {shlex.quote(str(self.folder))}"
            return f"it needs {self.package} in an environment of its own; make that with `{make} && {install}`"
        found = self._versions(name)
        if version in found:
            return ""
        return f"its environment has {name} {', '.join(sorted(found)) or 'not at all'}; install it with `{install}`"

    def _versions(self, name: str) -> set[str]:
        """The versions of a package that are installed in it, as its folders say."""
        wanted = NORMAL.sub("-", name).lower()
        found = set()
        for path in self.folder.glob("Lib/site-packages/*.dist-info" if WINDOWS else "lib/python*/site-packages/*.dist-info"):
            package, _, version = path.name.removesuffix(".dist-info").rpartition("-")
            if NORMAL.sub("-", package).lower() == wanted:
                found.add(version)
        return found
