"""Errors as answers: JSON for the API, a page for a person, and never a word about our inside."""

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from node.protocol.errors import (
    Conflict,
    EtalError,
    InputError,
    NotFound,
    RuleError,
    StateError,
    Unavailable,
)
from node.web import shapes
from node.web.rendering import render
from node.web.sentences import said

STATUS = {
    NotFound: 404,
    Conflict: 409,
    InputError: 422,
    RuleError: 422,
    Unavailable: 503,
    EtalError: 500,
}
_INTERNAL = (500, "web.internal", "Something went wrong in this node. Its log says more.", None)
MESSAGES = {
    404: "There is nothing here.",
    405: "This can't be done here.",
    413: "That is too much.",
}


def shape(rule: str, message: str, field: str | None = None) -> dict:
    """The body of every error of the API."""
    return {"error": {"rule": rule, "message": message, "field": field}}


def describe(error: Exception) -> tuple[int, str, str, str | None]:
    """(HTTP status, rule, message, field)"""
    match error:
        case StateError():
            return _INTERNAL
        case EtalError():
            status = next(code for kind, code in STATUS.items() if isinstance(error, kind))
            return status, error.rule, error.message or error.rule, error.field
        case HTTPException():
            message = MESSAGES.get(error.status_code, str(error.detail))
            return error.status_code, f"web.{error.status_code}", message, None
        case msgspec.ValidationError():
            message, field = shapes.in_words(str(error))
            return 400, "web.json", message, field
        case msgspec.DecodeError():
            return 400, "web.json", f"The body isn't JSON: {error}", None
        case RecursionError():
            return 400, "web.json", "The body is nested too deep.", None
    return _INTERNAL


async def answer(request: Request, error: Exception) -> Response:
    """Exception handler of the application."""
    return show(request, *describe(error))


def show(
    request: Request, status: int, rule: str, message: str, field: str | None = None
) -> Response:
    """JSON for programs and scripts, a page for a person; the message in the language that is asked for."""
    message = said(request.app.state.renderer.language(request).translations, message)
    if _wants_json(request):
        return JSONResponse(shape(rule, message, field), status)
    if request.app.state.renderer.has("error.html"):
        return render(request, "error.html", status, code=status, rule=rule, message=message)
    return PlainTextResponse(message, status)


def _wants_json(request: Request) -> bool:
    path = request.url.path
    return path.startswith(("/api/", "/session")) or "text/html" not in request.headers.get(
        "accept", ""
    )
