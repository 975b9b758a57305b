"""The HTTP interface: health, chat completions and completions, for holders of the token."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ..loading import LoadedModel
from .api_errors import (
    ApiError,
    body_too_large,
    generation_failed,
    invalid,
    model_not_found,
    queue_full,
    shutting_down,
    unauthorized,
)
from .engine import Engine, Event, Failure, Generation, Piece, QueueFullError, ShutDown
from .openai_replies import Dialect, Reply, error_event
from .openai_requests import AnswerRequest, read_chat_request, read_completion_request

MAX_BODY_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True)
class Service:
    """What the routes need: the model under its public name, the engine that runs it, and who may ask."""

    model: str
    token: str
    loaded: LoadedModel
    engine: Engine


class Answer:
    """The events of one generation, brought from the engine's thread to the event loop."""

    def __init__(self, engine: Engine, generation: Generation) -> None:
        loop = asyncio.get_running_loop()
        self._events: asyncio.Queue[Event] = asyncio.Queue()

        def deliver(event: Event) -> None:
            # After the loop has ended (the grace of a shut-down is over) nobody is left to read.
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._events.put_nowait, event)

        try:
            self._ticket = engine.submit(generation, deliver)
        except QueueFullError as error:
            raise queue_full() from error

    async def next_piece(self) -> Piece:
        """The next piece.

        Raises:
            ApiError: The answer could not be computed.
        """
        event = await self._events.get()
        if isinstance(event, Failure):
            raise generation_failed(event.error)
        if isinstance(event, ShutDown):
            raise shutting_down()
        return event

    async def first_piece(self) -> list[Piece]:
        """The first piece, as a list of one."""
        return [await self.next_piece()]

    async def all_pieces(self) -> list[Piece]:
        """All pieces, when the answer is complete."""
        pieces = await self.first_piece()
        while pieces[-1].finish_reason is None:
            pieces.append(await self.next_piece())
        return pieces

    def cancel(self) -> None:
        self._ticket.cancel()


class TokenGuard:
    """Lets nobody past without `Authorization: Bearer <token>`, whatever the path."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._token = token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = Headers(scope=scope).get("authorization", "")
        scheme, _, credentials = given.partition(" ")
        if scheme.lower() == "bearer" and hmac.compare_digest(credentials.strip().encode(), self._token):
            await self._app(scope, receive, send)
        else:
            await unauthorized().response()(scope, receive, send)


class AnswerStream(StreamingResponse):
    """A streamed answer, whose generation ends with the connection at the latest."""

    def __init__(self, answer: Answer, events: AsyncIterator[bytes]) -> None:
        super().__init__(events, media_type="text/event-stream", headers={"cache-control": "no-store"})
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._answer.cancel()


def create_app(service: Service) -> Starlette:
    """The application. Every request needs `Authorization: Bearer <token>`."""

    async def health(_request: Request) -> Response:
        engine = service.engine
        return JSONResponse(
            {"status": "ok", "model": service.model, "running": engine.running, "queued": engine.queued}
        )

    def answering(
        dialect: Dialect, read: Callable[[Mapping[str, Any], LoadedModel], AnswerRequest]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            body = await _read_body(request)
            model = body.get("model")
            if not isinstance(model, str):
                raise invalid("model", "model must be the name of a model.")
            if model != service.model:
                raise model_not_found(model[:200], service.model)
            asked = read(body, service.loaded)
            answer = Answer(service.engine, asked.generation)
            reply = Reply(dialect, service.model, asked)
            return await _respond(answer, reply, request, asked.stream)

        return endpoint

    return Starlette(
        routes=[
            Route("/health", health),
            Route("/v1/chat/completions", answering("chat", read_chat_request), methods=["POST"]),
            Route("/v1/completions", answering("completion", read_completion_request), methods=["POST"]),
        ],
        middleware=[Middleware(TokenGuard, token=service.token)],
        exception_handlers={ApiError: _on_api_error, HTTPException: _on_http_error, Exception: _on_any_error},
    )


async def _read_body(request: Request) -> dict[str, Any]:
    received = bytearray()
    async for block in request.stream():
        received += block
        if len(received) > MAX_BODY_BYTES:
            raise body_too_large(MAX_BODY_BYTES)
    try:
        body = json.loads(received)
    except (ValueError, RecursionError) as error:
        raise ApiError(400, f"The body is not valid JSON: {error}", code="invalid_json") from error
    if not isinstance(body, dict):
        raise ApiError(400, "The body must be a JSON object.", code="invalid_json")
    return body


async def _respond(answer: Answer, reply: Reply, request: Request, stream: bool) -> Response:
    # Of a stream only the first piece is awaited: until then an error still is a plain error with its own status.
    work = asyncio.ensure_future(answer.first_piece() if stream else answer.all_pieces())
    gone = asyncio.ensure_future(_until_disconnected(request))
    keep_generating = False
    try:
        await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            # Nobody reads this status; 499 is what proxies log for a client that has gone.
            return Response(status_code=499)
        if not stream:
            return JSONResponse(reply.whole(work.result()))
        keep_generating = True
        return AnswerStream(answer, _events(answer, reply, work.result()[0]))
    finally:
        work.cancel()
        gone.cancel()
        if not keep_generating:
            answer.cancel()


async def _until_disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _events(answer: Answer, reply: Reply, piece: Piece) -> AsyncIterator[bytes]:
    try:
        for chunk in reply.opening():
            yield chunk
        while True:
            for chunk in reply.chunks(piece):
                yield chunk
            if piece.finish_reason is not None:
                break
            piece = await answer.next_piece()
        for chunk in reply.closing():
            yield chunk
    except ApiError as error:
        # The status has been sent: the error can only be said inside the stream.
        yield error_event(error.body)


async def _on_api_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)  # noqa: S101 - registered for this class only
    return error.response()


async def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class only
    return ApiError(
        error.status_code, f"{request.method} {request.url.path}: {error.detail}", code="no_such_route"
    ).response()


async def _on_any_error(_request: Request, _error: Exception) -> Response:
    # Starlette raises it again after this reply, so that the log has it.
    return ApiError(500, "The server failed on this request.", kind="server_error", code="internal").response()
