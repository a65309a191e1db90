"""The studio's settings: environment variables STUDIO_* over config/studio.yaml over the defaults below."""

import functools
import os
import re
import sqlite3
from pathlib import Path
from typing import Annotated, Literal

import platformdirs
from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, YamlConfigSettingsSource

from config.endpoints import Endpoint, named_apart

HERE = Path(__file__).parent
Budget = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]


def on_spaces() -> bool:
    """Whether this process runs inside a Hugging Face Space."""
    return os.environ.get("SYSTEM") == "spaces" or "SPACE_ID" in os.environ


def default_home() -> Path:
    """`/data` on Spaces where it is there, writable and takes WAL, else the user data folder."""
    persistent = Path("/data")
    if on_spaces() and persistent.is_dir() and takes_wal(persistent):
        return persistent / "troubadour"
    return Path(platformdirs.user_data_dir("troubadour", appauthor=False))


def default_host() -> str:
    """This machine only, but on Spaces every address: their proxy calls from outside."""
    return "0.0.0.0" if on_spaces() else "127.0.0.1"  # noqa: S104


def default_hub() -> str:
    """The Hugging Face Hub, or the mirror its own tools are pointed at."""
    return os.environ.get("HF_ENDPOINT") or "https://huggingface.co"


def takes_wal(folder: Path) -> bool:
    """Whether SQLite can keep a write-ahead log in this folder (object storage cannot)."""
    trial = folder / ".troubadour-wal-trial.db"
    try:
        connection = sqlite3.connect(trial)
        mode = connection.execute("pragma journal_mode=wal").fetchone()[0]
        connection.execute("create table if not exists trial(x)")
        connection.close()
        return bool(mode == "wal")
    except (OSError, sqlite3.Error):
        return False
    finally:
        for left in folder.glob(trial.name + "*"):
            left.unlink(missing_ok=True)


class Settings(BaseSettings):
    """Everything an owner can set. Each field is also the environment variable STUDIO_<FIELD>."""

    model_config = SettingsConfigDict(env_prefix="STUDIO_", yaml_file=HERE / "studio.yaml", extra="forbid", frozen=True)

    home: Path = Field(default_factory=default_home, description="Where databases, uploads and finished work live")
    models_folder: Path | None = Field(None, description="Where weights lie, one folder per model; STUDIO_HOME/models if empty")
    hub: str = Field(default_factory=default_hub, description="Where models are downloaded from; HF_ENDPOINT, else huggingface.co")
    device: Literal["auto", "cuda", "mps", "cpu"] = Field("auto", description="Where local models run; auto takes the best there is")
    low_vram: bool = Field(False, description="Keep only the working part of a model in the GPU's memory, however much there is")
    host: str = Field(default_factory=default_host, description="Address to listen on; every one on Spaces")
    port: int = Field(7860, ge=0, le=65535, description="Port to listen on; 0 takes a free one")
    workers: Literal["process", "inline"] = Field("process", description="Worker processes, or threads of the one process")
    cpu_workers: int = Field(2, ge=1, le=64, description="How many workers serve the cpu lane")
    io_threads: int = Field(16, ge=1, le=256, description="How many remote calls the io lane makes at once")
    lease_seconds: float = Field(30.0, ge=0.5, le=3600, description="How long a claim lives without a heartbeat")
    grace_seconds: float = Field(20.0, ge=0.1, le=3600, description="How long a running job may take to stop")
    stall_seconds: float = Field(600.0, ge=1, description="A job without progress for this long ends as TIMEOUT")
    warm_seconds: float = Field(20.0, ge=0, description="For how long a loaded model's jobs may go before older ones")
    keep_alive_minutes: float = Field(15.0, ge=0, le=525_600, description="How long an unused model stays in memory; 0 lets go at once")
    warm_gb: float | None = Field(None, gt=0, description="Most gigabytes that warm models hold together; empty is what the device has")
    password: str | None = Field(None, description="A shared password for everybody who uses this studio")
    public: bool = Field(default_factory=on_spaces, description="Every visitor owns only what they made")
    allowed_hosts: list[str] = Field(default_factory=list, description="Further host names this studio answers to")
    max_queued: int = Field(2000, ge=1, description="Most unfinished jobs of one owner")
    max_upload_mb: int = Field(64, ge=1, description="Largest upload in megabytes")
    disk_floor_mb: int = Field(512, ge=0, description="Free megabytes below which new work is refused")
    comfyui: tuple[Endpoint, ...] = Field((), description="ComfyUI servers: name, address, weight, tags; or ip, port, name")
    servers: dict[str, str] = Field(default_factory=dict, description="Addresses of other people's servers by the name a catalog row uses")
    moderation: Literal["off", "flag", "block"] = Field("off", description="What is done with words and pictures that moderators find")
    moderators: tuple[str, ...] = Field(("moderate-words", "moderate-brand"), description="The catalog rows that are asked")
    budgets: dict[str, Budget] = Field(default_factory=dict, description="Most US dollars a month (UTC) for a server, by its name")
    callback_url: str = Field("", description="Where other people's servers reach this studio, https://…")
    waiters: int = Field(256, ge=1, description="Most callers that may wait for a job at once")

    @field_validator("comfyui")
    @classmethod
    def _named_apart(cls, endpoints: tuple[Endpoint, ...]) -> tuple[Endpoint, ...]:
        return named_apart(endpoints)

    @field_validator("callback_url")
    @classmethod
    def _https(cls, address: str) -> str:
        if address and not re.fullmatch(r"https://[^/?#@\s]+(/[^?#@\s]*)?", address):
            raise ValueError("write it as https://host/path, without a password, a ? or a #")
        return address.rstrip("/")

    @field_validator("home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        return home.expanduser().resolve()

    @classmethod
    def settings_customise_sources(  # environment first, then the YAML file
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order of the sources, strongest first."""
        return init_settings, env_settings, YamlConfigSettingsSource(settings_cls)


@functools.lru_cache(1)
def settings() -> Settings:
    """The settings of this process; `settings.cache_clear()` reads them anew."""
    return Settings()
