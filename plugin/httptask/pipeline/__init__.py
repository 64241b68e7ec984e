"""One task execution: the stages in their order, the layers around the calls between them."""

from __future__ import annotations

from httptask.pipeline.run import Pipeline
from httptask.wire.recorder import Recorder

__all__ = ["Pipeline", "Recorder"]
