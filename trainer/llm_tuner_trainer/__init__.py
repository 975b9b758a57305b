"""Tunes a language model from a run folder, and serves the result. See `run_folder` for the protocol."""

__version__ = "0.1.0"
