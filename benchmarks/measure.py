"""Runs one command and writes what it cost, as JSON: `measure.py RESULT COMMAND…`.

A process of its own, because a child's peak of memory begins with that of whoever started it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path


def measure(command: list[str]) -> dict[str, float]:
    """Run a command to its end and return its cost, with the children that it waited for.

    The kernel's counters are read while the process is a zombie, since they go with it. `rchar`
    is what system calls read, from the page cache or not, `read_bytes` what came from the disk;
    what a mapped file brings in from the page cache is in neither.
    """
    started_at = time.monotonic()
    process = subprocess.Popen(command)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    wall_seconds = time.monotonic() - started_at
    counters = Path(f"/proc/{process.pid}/io").read_text(encoding="ascii")
    _, status, usage = os.wait4(process.pid, 0)
    read = dict(line.split(": ") for line in counters.splitlines())
    return {
        "exit_code": os.waitstatus_to_exitcode(status),
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "wall_seconds": wall_seconds,
        "peak_bytes": usage.ru_maxrss * 1024,
        "read_bytes": int(read["rchar"]),
        "read_from_disk_bytes": int(read["read_bytes"]),
    }


if __name__ == "__main__":
    result, *command = sys.argv[1:]
    Path(result).write_text(json.dumps(measure(command)), encoding="utf-8")
