"""The part of a user's cargo configuration that says how to reach a registry, and nothing secret."""

import json
import re
import tomllib
from pathlib import Path
from typing import Final

TABLES: Final = ("source", "registry", "registries", "http", "net")
SECRET: Final = re.compile(r"token|credential|secret|password|proxy", re.IGNORECASE)
WITH_PASSWORD: Final = re.compile(r"://[^/@]*@")


def registry_config(user: Path | None) -> str:
    """TOML for a CARGO_HOME of ours; empty when the user has none or it cannot be read as TOML."""
    if user is None or not user.is_file():
        return ""
    try:
        loaded = tomllib.loads(user.read_text(errors="replace"))
    except tomllib.TOMLDecodeError:
        return ""
    return "".join(_table([name], loaded[name]) for name in TABLES if isinstance(loaded.get(name), dict))


def _table(path: list[str], table: dict[str, object]) -> str:
    lines, inner = [], []
    for key, value in table.items():
        if SECRET.search(key):
            continue
        if isinstance(value, dict):
            inner.append(_table([*path, key], value))
        elif isinstance(value, str | bool | int) and not WITH_PASSWORD.search(str(value)):
            lines.append(f"{json.dumps(key)} = {json.dumps(value)}\n")  # these are the same in JSON and TOML
    head = ".".join(json.dumps(name) for name in path)
    return f"[{head}]\n" + "".join(lines) + "".join(inner)
