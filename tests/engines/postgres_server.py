"""A PostgreSQL server of the tests' own: started in a folder, stopped with everything in it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SUPERUSER = "postgres"
_OLDEST = 15


@dataclass(frozen=True)
class PostgresServer:
    """Where a running server listens; it trusts everyone who can reach it."""

    host: str
    port: int

    def dsn(self, database: str = "postgres", user: str = SUPERUSER) -> str:
        return f"host={self.host} port={self.port} dbname={database} user={user}"

    def environment(self, database: str = "postgres", user: str = SUPERUSER) -> dict[str, str]:
        """Return the variables that point the project's target at a database."""
        return {
            "LEAD_SCORING_POSTGRES_HOST": self.host,
            "LEAD_SCORING_POSTGRES_PORT": str(self.port),
            "LEAD_SCORING_POSTGRES_DATABASE": database,
            "LEAD_SCORING_POSTGRES_USER": user,
        }


@contextmanager
def postgres_server(locale: str = "C.UTF-8") -> Iterator[PostgresServer]:
    """Start a server on a free port, with its data in a folder that goes with it."""
    binaries = _binaries()
    # The path of a socket may be 107 bytes long, too few for a folder of pytest's.
    folder = Path(tempfile.mkdtemp(prefix="pg_", dir="/tmp"))
    port = _free_port()
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "nobody", "nogroup")
        _as_server(
            folder, binaries / "initdb", "-D", folder / "data", "-U", SUPERUSER, "-A", "trust",
            "-E", "UTF8", f"--locale={locale}", "--no-sync",
        )  # fmt: skip
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        _as_server(
            folder, binaries / "pg_ctl", "-D", folder / "data", "-w", "-l", folder / "log",
            "-o", options, "start",
        )  # fmt: skip
        yield PostgresServer("127.0.0.1", port)
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            _as_server(
                folder, binaries / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop"
            )
        shutil.rmtree(folder, ignore_errors=True)


def _as_server(folder: Path, *words: object) -> None:
    """Run one of the server's programs, which refuse to run as root."""
    drop = (
        ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
        if os.geteuid() == 0
        else []
    )
    done = subprocess.run(
        [*drop, *map(str, words)],
        cwd=folder,
        env={"HOME": str(folder), "PATH": os.environ["PATH"], "TZ": "UTC"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


def _binaries() -> Path:
    """Return the folder of the newest server programs of the system."""
    system = sorted(
        (int(path.parent.parent.name), path.parent)
        for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")
        if path.parent.parent.name.isdigit()
    )
    if system and system[-1][0] >= _OLDEST:
        return system[-1][1]
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    raise FileNotFoundError(
        f"no PostgreSQL server programs of version {_OLDEST} or newer: install postgresql"
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
