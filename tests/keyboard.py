"""Types commands that need no build, in this process."""

from __future__ import annotations

import signal
from typing import Any

import pytest

from command import Ended
from lead_scoring.cli import EXIT_INTERRUPTED, main


class Keyboard:
    """Types what needs no build: in this process, since starting one takes a second."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def type(self, *arguments: object, code: int = 0) -> Ended:
        """Run the command to its end, which must be the exit code `code`."""
        handlers = {number: signal.getsignal(number) for number in EXIT_INTERRUPTED}
        try:
            with pytest.raises(SystemExit) as left:
                main([str(argument) for argument in arguments])
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
        out, err = self.capsys.readouterr()
        assert left.value.code == code, out + err
        assert "--debug" in arguments or "Traceback" not in out + err
        return Ended(code, out, err)

    def refused(self, *arguments: object, code: int = 2) -> dict[str, Any]:
        """Type what must fail alike with and without --json; return the JSON report."""
        spoken = self.type(*arguments, code=code)
        assert spoken.out == ""
        assert spoken.err.startswith("Error: ")
        ended = self.type(*arguments, "--json", code=code)
        assert ended.report["errors"]
        assert " ".join(ended.report["message"].split()) in spoken.said
        assert ended.err == spoken.err
        return ended.report
