"""`POST /v1/explain`: which part of a photo spoke for its answer, as a picture."""

from functools import partial

from fastapi import APIRouter, Request
from fastapi.responses import Response

from landmark.model.predictor import Predictor
from landmark.photo import Limits, read_photo
from landmark.server.batching import Batcher
from landmark.server.clients import cancel_on_disconnect
from landmark.server.locate import photo_form, receive_photos
from landmark.server.multipart import Upload
from landmark.server.replies import documented


def explain_routes(batcher: Batcher) -> APIRouter:
    """Return the route, on a batcher. It takes one photo, in a thread of its own, which counts as one in flight."""
    router = APIRouter(tags=["Photos"])

    @router.post(
        "/v1/explain",
        summary="Which part of this photo spoke for its answer?",
        response_class=Response,
        responses={200: {"content": {"image/png": {}}}, **documented(400, 401, 403, 408, 413, 415, 503)},
        openapi_extra={"requestBody": photo_form(1)},
    )
    async def explain(request: Request) -> Response:
        """Return a heat map over the photo, as PNG, for the best candidate, in about a second."""
        [upload] = await receive_photos(request, 1)
        picture = await cancel_on_disconnect(request, batcher.work_on(upload, partial(heat_map, upload)))
        return Response(picture, media_type="image/png", headers={"Cache-Control": "no-store"})

    return router


def heat_map(upload: Upload, predictor: Predictor, limits: Limits) -> bytes:
    """Return the PNG of a photo's explanation. Raises `PhotoError`."""
    photo = read_photo(
        upload.data, name=upload.name, limits=limits, short_side_px=predictor.bundle.preprocessing.resize_px
    )
    return predictor.explain(photo).to_png()
