"""Keys for other people's servers: from the environment, or from STUDIO_HOME/secrets.yaml (mode 0600). Never anywhere else.

A key is a pydantic SecretStr, so that printing it shows stars; it is opened only to write the Authorization header.
"""

import os
import stat

import yaml
from pydantic import SecretStr

from config import settings
from engines.errors import ModelNotReady

FILE = "secrets.yaml"


def key(name: str) -> SecretStr | None:
    """The key of this name, or None. ModelNotReady if the secrets file can be read by others, or cannot be read, or the key is none."""
    found = (os.environ.get(name, "") or _kept().get(name, "")).strip()
    if not (found.isascii() and found.isprintable()):
        raise ModelNotReady(f"{name} holds signs that no key has; copy it anew.")
    return SecretStr(found) if found else None


def how_to_set(name: str) -> str:
    """The sentence that says where a key goes."""
    return f"set {name} in the environment, or write '{name}: …' into {FILE} in STUDIO_HOME (chmod 600)"


def _kept() -> dict[str, str]:
    path = settings().home / FILE
    try:
        with open(path, "rb") as file:
            if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                raise ModelNotReady(f"{FILE} can be read by other people of this machine; run chmod 600 on it and try again.")
            told = yaml.safe_load(file)
    except FileNotFoundError:
        return {}
    except (OSError, yaml.YAMLError, UnicodeDecodeError):
        raise ModelNotReady(f"{FILE} in STUDIO_HOME cannot be read; it holds one 'NAME: key' per line.") from None
    if told is None:
        return {}
    if not isinstance(told, dict):
        raise ModelNotReady(f"{FILE} in STUDIO_HOME cannot be read; it holds one 'NAME: key' per line.")
    return {str(name): value for name, value in told.items() if isinstance(value, str)}
