"""Downloads from a hub of our own: a real HTTP server that answers as the Hugging Face hub does."""

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from llm_tuner_trainer.attempt import Stopped
from llm_tuner_trainer.base_model import HubSource, resolve_source
from llm_tuner_trainer.failures import TrainerError

COMMIT = "0123456789abcdef0123456789abcdef01234567"
ERRORS = {
    "someone/gated": (403, "GatedRepo"),
    "someone/missing": (404, "RepoNotFound"),
    "someone/other-revision": (404, "RevisionNotFound"),
    "someone/broken": (500, "Oops"),
}


def hash_of(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


class HubHandler(BaseHTTPRequestHandler):
    folder: Path
    asked: list[str]

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.asked.append(f"{self.command} {path}")
        repository = next((name for name in ERRORS if name in path), None)
        if repository:
            status, code = ERRORS[repository]
            self.reply(status, b"{}", {"X-Error-Code": code, "X-Error-Message": code})
        elif "/tree/" in path:
            tree = [
                {"type": "file", "path": file.name, "size": file.stat().st_size, "oid": hash_of(file)}
                for file in self.folder.iterdir()
            ]
            self.reply(200, json.dumps(tree).encode(), {})
        elif path.startswith("/api/models/someone/model"):
            siblings = [{"rfilename": file.name} for file in self.folder.iterdir()]
            self.reply(200, json.dumps({"id": "someone/model", "sha": COMMIT, "siblings": siblings}).encode(), {})
        else:
            file = self.folder / path.rpartition("/")[2]
            if file.is_file():
                self.reply(200, file.read_bytes(), {"ETag": f'"{hash_of(file)}"', "X-Repo-Commit": COMMIT})
            else:
                self.reply(404, b"{}", {})

    def reply(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def asked(gpt2_folder, tmp_path, monkeypatch) -> Iterator[list[str]]:
    """What a hub that has the toy model as someone/model is asked for."""
    requests: list[str] = []
    handler = type("Handler", (HubHandler,), {"folder": gpt2_folder, "asked": requests})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    use_hub(monkeypatch, f"http://127.0.0.1:{server.server_port}", tmp_path)
    yield requests
    server.shutdown()
    server.server_close()


def use_hub(monkeypatch, endpoint: str, cache: Path) -> None:
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", endpoint)
    template = endpoint + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(cache))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)


def fetch(repository: str, weights: bool = True, on_progress=lambda: None) -> Path:
    return resolve_source(HubSource(repository, "main"), weights=weights, on_progress=on_progress)


def test_a_model_is_downloaded_and_then_found(asked, gpt2_folder):
    progress = []
    folder = fetch("someone/model", on_progress=lambda: progress.append(1))
    names = {path.name for path in folder.iterdir()}
    assert {"config.json", "tokenizer.json", "model.safetensors"} <= names
    assert (folder / "model.safetensors").read_bytes() == (gpt2_folder / "model.safetensors").read_bytes()
    assert progress
    asked.clear()
    assert fetch("someone/model") == folder
    assert not any("GET /someone" in request for request in asked)


def test_counting_tokens_downloads_no_weights(asked):
    folder = fetch("someone/model", weights=False)
    assert (folder / "tokenizer.json").is_file()
    assert not (folder / "model.safetensors").exists()


@pytest.mark.parametrize(
    ("repository", "code", "remedy"),
    [
        ("someone/gated", "licence_required", "Accept the licence at https://huggingface.co/someone/gated"),
        ("someone/missing", "base_model_unavailable", "Check the name"),
        ("someone/other-revision", "base_model_unavailable", "Check the name"),
        ("someone/broken", "base_model_unavailable", "reaches the hub"),
    ],
)
def test_what_the_hub_refuses_is_told_with_its_remedy(asked, repository, code, remedy):
    with pytest.raises(TrainerError) as caught:
        fetch(repository)
    assert caught.value.code == code
    assert remedy in caught.value.remedy


def test_a_hub_that_cannot_be_reached_makes_the_model_unavailable(monkeypatch, tmp_path):
    use_hub(monkeypatch, "http://127.0.0.1:9", tmp_path)
    with pytest.raises(TrainerError, match="downloaded") as caught:
        fetch("someone/model")
    assert caught.value.code == "base_model_unavailable"


def test_a_download_can_be_stopped(asked):
    def stop() -> None:
        raise Stopped

    with pytest.raises(Stopped):
        fetch("someone/model", on_progress=stop)
