"""Settings: one table, read once from the environment or `askfirst.toml`.

Every field below is a setting; `askfirst settings` prints them, and a test compares them
with the table in `docs/owner.md`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from bot.errors import SettingsError

PROJECT_DIR = Path(__file__).resolve().parent.parent
PREFIX = "ASKFIRST_"
CONFIG = f"{PREFIX}CONFIG"


class Settings(BaseSettings):
    """What an owner can set. Environment names are `ASKFIRST_` and the field in capitals."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", enable_decoding=False
    )

    project_dir: Path = Field(
        PROJECT_DIR, description="The folder with config.yml, domain.yml, data/ and notices/."
    )
    data_dir: Path = Field(
        Path("var"), description="Database, models, keys and outbox; made with mode 700."
    )
    database_url: str = Field(
        "", description="SQLAlchemy URL; empty means SQLite in the data directory."
    )
    articles: Path | None = Field(
        None, description="The folder of help articles; empty means the project's knowledge/."
    )
    products: Path | None = Field(
        None, description="The list of products; empty means data/products.txt, if it is there."
    )
    audiences: tuple[str, ...] = Field(
        (), description="Audiences served besides everybody: names from articles' `audience`."
    )
    withhold_overdue: bool = Field(
        False, description="Articles past their `review_by` date do not answer and are not found."
    )
    languages: tuple[str, ...] = Field(
        ("en", "nl"), description="Languages spoken, the first is the default."
    )
    host: str = Field("127.0.0.1", description="The address to listen on.")
    port: int = Field(8080, ge=0, le=65535, description="The port to listen on.")
    public_url: str = Field(
        "", description="Where visitors reach this server; empty means http://HOST:PORT."
    )
    organisation: str = Field("this organisation", description="Who runs it; named in questions.")
    privacy_contact: str = Field("", description="Where to write about privacy; on /privacy.")
    allowed_origins: tuple[str, ...] = Field(
        (), description="Sites that may use the widget, as exact origins."
    )
    rest_token: str = Field(
        "", description="Bearer token of the REST channel; without one it answers loopback only."
    )
    smtp_url: str = Field(
        "", description="smtp://user:password@host:port or smtps://; empty writes .eml files."
    )
    mail_from: str = Field("askfirst@localhost", description="The sender of every mail.")
    staff_review: bool = Field(
        True, description="Staff may review redacted transcripts of finished conversations."
    )
    handoff_days: int = Field(7, ge=1, le=365, description="Days a handoff grant lives on.")
    follow_up_days: int = Field(90, ge=1, le=730, description="Days a follow-up grant lives.")
    originals_hours: int = Field(
        24, ge=1, le=720, description="Hours after the last message until originals are deleted."
    )
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")

    @field_validator("languages", "audiences", "allowed_origins", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return (
            tuple(part.strip() for part in value.split(",") if part.strip())
            if isinstance(value, str)
            else value
        )

    @field_validator("articles", "products", mode="before")
    @classmethod
    def _named(cls, value: Any) -> Any:
        return value or None

    @field_validator("log_level")
    @classmethod
    def _level(cls, value: str) -> str:
        if value.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            raise ValueError("use DEBUG, INFO, WARNING or ERROR")
        return value.upper()

    @model_validator(mode="after")
    def _complete(self) -> Settings:
        if not self.languages:
            raise ValueError("languages: name at least one language")
        return self

    @property
    def articles_dir(self) -> Path:
        return self.articles or self.project_dir / "knowledge"

    @property
    def base_url(self) -> str:
        """The address that links in answers and mails start with, without a slash at the end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def sqlalchemy_url(self) -> str:
        return self.database_url or f"sqlite:///{(self.data_dir / 'askfirst.db').resolve()}"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        path = Path(os.environ.get(CONFIG, "askfirst.toml"))
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, path)


def load_settings(**overrides: Any) -> Settings:
    """Read the settings; `overrides` (command-line options) win over environment and file.

    Raises `SettingsError` that names the key for an unknown setting or a wrong value.
    """
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | {CONFIG}
    if CONFIG in os.environ and not Path(os.environ[CONFIG]).is_file():
        raise SettingsError(f"{CONFIG} names a file that is not there", field=CONFIG)
    for name in os.environ:
        if name.startswith(PREFIX) and name not in known:
            raise SettingsError(f"{name} is not a setting; see `askfirst settings`", field=name)
    try:
        return Settings(**{key: value for key, value in overrides.items() if value is not None})
    except ValidationError as error:
        problem = error.errors()[0]
        key = ".".join(str(part) for part in problem["loc"]) or "settings"
        raise SettingsError(f"setting {key}: {problem['msg']}", field=key) from error
    except (ValueError, OSError) as error:  # broken TOML or an unreadable file
        raise SettingsError(f"askfirst.toml: {error}", field="askfirst.toml") from error
