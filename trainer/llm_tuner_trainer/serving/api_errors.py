"""Errors of the HTTP interface, in the shape of the OpenAI API."""

from __future__ import annotations

from starlette.responses import JSONResponse

from ..failures import TrainerError


class ApiError(Exception):
    """An answer that is an error: `{"error": {"message", "type", "param", "code"}}`."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        param: str | None = None,
        code: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"message": message, "type": kind, "param": param, "code": code}}
        self.headers = headers or {}

    def response(self) -> JSONResponse:
        return JSONResponse(self.body, self.status, self.headers)


def invalid(param: str, message: str, code: str = "invalid_value") -> ApiError:
    """A value that is wrong in itself."""
    return ApiError(400, message, param=param, code=code)


def unsupported_parameter(param: str, remedy: str) -> ApiError:
    """A value that this server cannot honour; ignoring it would give another answer than was asked for."""
    return ApiError(400, f"{param} is not supported here: {remedy}", param=param, code="unsupported_parameter")


def unauthorized() -> ApiError:
    """No token, or the wrong one."""
    return ApiError(
        401,
        "The bearer token is missing or wrong.",
        kind="authentication_error",
        code="invalid_api_key",
        headers={"www-authenticate": "Bearer"},
    )


def model_not_found(model: str, served: str) -> ApiError:
    """Another model than the one that this worker has loaded."""
    return ApiError(
        404,
        f"There is no model {model!r} here; this server answers to {served!r}.",
        param="model",
        code="model_not_found",
    )


def context_length_exceeded(param: str, tokens: int, context_window: int) -> ApiError:
    """A prompt that leaves no room for an answer."""
    return ApiError(
        400,
        f"The prompt has {tokens} tokens; with at least one token of answer it must fit into {context_window}.",
        param=param,
        code="context_length_exceeded",
    )


def body_too_large(limit_bytes: int) -> ApiError:
    """A body over the limit."""
    return ApiError(413, f"The request's body is larger than {limit_bytes} bytes.", code="request_too_large")


def queue_full() -> ApiError:
    """As many requests wait as may wait."""
    return ApiError(
        429,
        "Too many requests wait for this model. Try again in a moment.",
        kind="rate_limit_error",
        code="queue_full",
        headers={"retry-after": "1"},
    )


def shutting_down() -> ApiError:
    """The worker was told to stop before the answer began."""
    return ApiError(
        503, "The server is shutting down.", kind="server_error", code="shutting_down", headers={"retry-after": "1"}
    )


def generation_failed(error: TrainerError) -> ApiError:
    """The model failed at computing the answer."""
    return ApiError(500, f"{error.message} {error.remedy}", kind="server_error", code=error.code)
