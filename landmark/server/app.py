"""The ASGI application: routes, and the layers in front of them."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from PIL import Image
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from landmark import __version__
from landmark.model.bundle import load_bundle
from landmark.model.predictor import Predictor
from landmark.model.session import OnnxSession
from landmark.server.api_description import describe_api
from landmark.server.batching import Batcher
from landmark.server.limits import BodyLimits
from landmark.server.locate import locate_routes
from landmark.server.metrics import Metrics
from landmark.server.operations import operation_routes
from landmark.server.pages import page_routes
from landmark.server.replies import RequestError
from landmark.server.request_log import CLIENT_GONE, UNEXPECTED, RequestLog
from landmark.server.security import Guard
from landmark.server.settings import ServerSettings
from landmark.server.single_photo import single_photo_routes
from landmark.server.vision import vision_routes


def create_app(settings: ServerSettings, predictor: Predictor | None = None) -> ASGIApp:
    """Create the application of one process, for any ASGI server; `predictor` takes the place of the settings' model.

    Raises `BundleError` for a model that cannot be loaded.
    """
    if predictor is None:
        bundle = load_bundle(settings.model)
        predictor = Predictor(bundle, OnnxSession.of_bundle(bundle, threads=settings.threads))
    metrics = Metrics()
    batcher = Batcher(predictor, metrics, settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        _warm_up(batcher.predictor)
        gc.collect()  # of a server that this one follows
        gc.freeze()  # what is here stays: the collector would walk through all of it, and requests wait meanwhile
        async with batcher.running():
            yield
        gc.unfreeze()

    app = FastAPI(
        title="landmark",
        version=__version__,
        summary="Recognises the landmark in a photo and answers with the place.",
        lifespan=lifespan,
        docs_url=None,  # FastAPI's own pages load scripts from elsewhere
        redoc_url=None,
        exception_handlers=dict.fromkeys(_ANSWERED, _answer_error),
    )
    routers = (
        locate_routes(batcher, max_photos=settings.max_photos),
        single_photo_routes(batcher),
        vision_routes(batcher, max_photos=settings.max_photos),
        operation_routes(predictor.bundle, batcher, metrics),
        page_routes(app),
    )
    for router in routers:
        app.include_router(router)
    describe_api(app, has_token=settings.token is not None)
    # The layers that a request passes, from the innermost to the outermost.
    limited = BodyLimits(
        app, max_bytes=settings.max_upload_bytes, is_full=lambda: batcher.is_full, upload_s=settings.upload_s
    )
    guarded = Guard(_answering_head(limited), token=settings.token, hosts=(settings.host, *settings.allowed_hosts))
    paths = [str(getattr(route, "path", "")) for router in routers for route in router.routes]
    return RequestLog(guarded, metrics=metrics, paths=paths)


def _answering_head(app: ASGIApp) -> ASGIApp:
    """Answer HEAD as GET, which probes and proxies expect; the server around it leaves the body out."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        is_head = scope["type"] == "http" and scope["method"] == "HEAD"
        await app({**scope, "method": "GET"} if is_head else scope, receive, send)

    return serve


def _warm_up(predictor: Predictor) -> None:
    """Answer one photo: decoders are imported, and the network allocates its memory."""
    file = BytesIO()
    Image.new("RGB", (300, 300)).save(file, "JPEG")
    predictor.locate([file.getvalue()])


_ANSWERED = (RequestError, RequestValidationError, HTTPException, ClientDisconnect, Exception)


async def _answer_error(_: Request, error: Exception) -> Response:
    """Return the reply to a request that failed: all errors have one shape."""
    match error:
        case RequestError():
            return error.response()
        case RequestValidationError():
            first = error.errors()[0]
            found = f"{' '.join(map(str, first['loc']))}: {first['msg']}"
            return RequestError(400, f"{found}. Expected it as /docs describes it.").response()
        case HTTPException():
            response = RequestError(error.status_code, f"{error.detail}. Expected what /docs describes.").response()
            response.headers.update(error.headers or {})
            return response
        case ClientDisconnect():
            return Response(status_code=CLIENT_GONE)
    return UNEXPECTED.response()
