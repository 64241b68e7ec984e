"""Start-up of the command line: ``httptask --help`` against bare ``python``, as a ratio.

    python benchmarks/startup.py

Processor time is compared, not the clock: a busy machine slows both, but not alike.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

LIMIT = 5.0
SCRIPT = Path(sys.executable).with_name("httptask")


def seconds(*command: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def measure(rounds: int = 20) -> float:
    """Return the ratio of the best times, measured in turn."""
    bare, ours = [], []
    for _ in range(rounds):
        bare.append(seconds(sys.executable, "-c", "pass"))
        ours.append(seconds(sys.executable, str(SCRIPT), "--help"))
    print(f"{min(bare) * 1e3:.1f} ms, {min(ours) * 1e3:.1f} ms")
    return min(ours) / min(bare)


def main() -> int:
    ratio = measure()
    print(f"httptask --help / python -c pass: {ratio:.2f} (limit {LIMIT:g})")
    return 0 if ratio <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
