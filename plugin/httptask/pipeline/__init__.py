"""The spine: the only caller of stage hooks.

``Pipeline.run`` takes one task call through the eight stages. Attempts, redirect hops and the
deadline live here and nowhere else.
"""

from __future__ import annotations

from httptask.pipeline.recorder import Recorder
from httptask.pipeline.run import Pipeline

__all__ = ["Pipeline", "Recorder"]
