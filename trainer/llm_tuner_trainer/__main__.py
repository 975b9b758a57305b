"""`python -m llm_tuner_trainer run <run folder>` or `… serve <serving folder>`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="llm_tuner_trainer", description="Tunes and serves language models.")
    commands = parser.add_subparsers(dest="command", required=True)
    run_parser = commands.add_parser("run", help="do the job of a run folder, or go on with it")
    run_parser.add_argument("folder", type=Path)
    serve_parser = commands.add_parser("serve", help="serve the model of a serving folder")
    serve_parser.add_argument("folder", type=Path)
    options = parser.parse_args(arguments)
    # Imported when chosen: each command starts without what only the other needs.
    if options.command == "run":
        from .run import run

        return run(options.folder)
    from .serving.worker import serve

    return serve(options.folder)


if __name__ == "__main__":
    sys.exit(main())
