"""The peak memory of another process."""

import sys
from pathlib import Path

import psutil

_MB = 1_000_000


class Peak:
    """Linux and Windows record the peak themselves; elsewhere it is the largest value sampled."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._seen = 0

    def look(self) -> float:
        """Megabytes, so far. Call it often."""
        self._seen = max(self._seen, self._now())
        return self._seen / _MB

    def _now(self) -> int:
        if sys.platform == "linux":
            lines = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
            return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024
        held = self._process.memory_info()
        return int(getattr(held, "peak_wset", held.rss))
