"""Tunes a language model from a run folder, and serves the result. See `run_folder` for the protocol."""

import os

__version__ = "0.1.0"

# PyTorch's threads would spin while they wait for each other. As soon as any other process wants a core, that makes
# a step of a small model up to a hundred times slower; asleep they cost next to nothing. Read when torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
