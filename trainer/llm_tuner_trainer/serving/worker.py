"""The serving worker: `python -m llm_tuner_trainer serve <folder>`.

Loads one model, listens on a port of 127.0.0.1 that the system chooses, writes `serving.json`, and answers until
SIGTERM comes or the process that started it is gone.
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

from .parent_watch import end_with_parent


def serve(root: Path) -> int:
    """Serve the folder's model until told to stop. Returns the exit code."""
    end_with_parent(os.getppid())
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    # Imported now: it takes seconds, and a parent that dies meanwhile must not be missed.
    from .hosting import run_worker
    from .serve_folder import ServeFolder

    return run_worker(ServeFolder(root))
