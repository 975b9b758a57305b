"""Starts real serving workers and talks to them over real HTTP."""

import contextlib
import http.client
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TOKEN = "t" * 40
TRAINER = Path(__file__).parents[2]
DEADLINE_SECONDS = 60


def eventually(condition: Callable[[], Any]) -> Any:
    """Waits until `condition` is true, and fails after a generous deadline."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not (result := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)
    return result


def write_job(folder: Path, model_folder: Path, **changes: Any) -> Path:
    """Writes a serve.json for a base model and returns the serving folder."""
    job = {
        "schema_version": 1,
        "model": "toy",
        "base_model": {"name": "toy", "source": {"kind": "folder", "path": str(model_folder)}},
        "artefact": None,
        "token": TOKEN,
        "device": "cpu",
        "threads": 1,
        "max_batch": 4,
        "max_queue": 8,
        **changes,
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "serve.json").write_text(json.dumps(job), encoding="utf-8")
    return folder


def read_announcement(folder: Path) -> dict[str, Any] | None:
    """What serving.json says, if it is there."""
    path = folder / "serving.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def command(folder: Path) -> list[str]:
    return [sys.executable, "-m", "llm_tuner_trainer", "serve", str(folder)]


@dataclass
class Worker:
    """A running worker."""

    process: subprocess.Popen[bytes]
    port: int
    context_window: int

    @classmethod
    def start(cls, folder: Path) -> "Worker":
        with (folder / "log.txt").open("wb") as log:
            process = subprocess.Popen(command(folder), cwd=TRAINER, stdout=log, stderr=log)

        def announcement_of_this_process() -> dict[str, Any] | None:
            assert process.poll() is None, (folder / "log.txt").read_text(encoding="utf-8")
            announcement = read_announcement(folder)
            return announcement if announcement and announcement["pid"] == process.pid else None

        announcement = eventually(announcement_of_this_process)
        return cls(process, announcement["port"], announcement["context_window"])

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def open(
        self, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        """Sends a request and returns once the status is there."""
        connection = self.send(path, body, headers)
        return connection, connection.getresponse()

    def send(self, path: str, body: Any = None, headers: dict[str, str] | None = None) -> http.client.HTTPConnection:
        """Sends a request, with the token unless headers are given. A body of bytes is sent as it is."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE_SECONDS)
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        given = {"authorization": f"Bearer {TOKEN}"} if headers is None else headers
        connection.request("GET" if data is None else "POST", path, data, given)
        return connection

    def call(self, path: str, body: Any = None, headers: dict[str, str] | None = None) -> tuple[int, Any]:
        """Status and JSON body of a reply."""
        connection, response = self.open(path, body, headers)
        with contextlib.closing(connection), response:
            return response.status, json.loads(response.read())

    def chat(self, content: str, **options: Any) -> tuple[int, Any]:
        body = {"model": "toy", "messages": [{"role": "user", "content": content}], "temperature": 0, **options}
        return self.call("/v1/chat/completions", body)

    def stream(self, path: str, body: dict[str, Any]) -> list[Any]:
        """All events of a stream, parsed, but for the end mark, which must be there."""
        connection, response = self.open(path, {"model": "toy", "temperature": 0, "stream": True, **body})
        with contextlib.closing(connection), response:
            assert response.status == 200
            assert response.headers["content-type"].startswith("text/event-stream")
            *events, end = list(events_of(response))
        assert end == "[DONE]"
        return [json.loads(event) for event in events]

    def health(self) -> Any:
        return self.call("/health")[1]


def events_of(response: http.client.HTTPResponse) -> Iterator[str]:
    """The data of server-sent events as they come."""
    while line := response.readline():
        if line.startswith(b"data: "):
            yield line[len(b"data: ") :].decode().rstrip("\n")
