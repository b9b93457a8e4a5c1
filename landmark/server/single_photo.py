"""`POST /v1/explain` and `POST /v1/tag`: why a photo got its answer, and the photo with its place in it."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import Response

from landmark.core.text import confidence_text
from landmark.metadata.blocks import NotWritableError
from landmark.metadata.edits import apply_edits
from landmark.metadata.place_tag import PlaceTag
from landmark.metadata.writing import edit_photo, edit_sidecar, read_photo_blocks, start_sidecar
from landmark.model.answer import Answer
from landmark.model.predictor import Predictor
from landmark.photo import Limits, read_photo
from landmark.server.batching import Batcher
from landmark.server.clients import cancel_on_disconnect
from landmark.server.locate import photo_form, receive_photos
from landmark.server.multipart import Upload
from landmark.server.replies import RequestError, documented
from landmark.tagging.decision import WIDE_KM

SIDECAR = "application/rdf+xml"

Result = TypeVar("Result")


def single_photo_routes(batcher: Batcher) -> APIRouter:
    """Return the routes, on a batcher. Each takes one photo, in a thread of its own, which counts as one in flight."""
    router = APIRouter(tags=["Photos"])

    async def work_on_photo(request: Request, work: Callable[[Upload, Predictor, Limits], Result]) -> Result:
        [upload] = await receive_photos(request, 1)
        return await cancel_on_disconnect(request, batcher.work_on(upload, work))

    @router.post(
        "/v1/explain",
        summary="Which part of this photo spoke for its answer?",
        response_class=Response,
        responses={200: {"content": {"image/png": {}}}, **documented(400, 401, 403, 408, 413, 415, 503)},
        openapi_extra={"requestBody": photo_form(1)},
    )
    async def explain(request: Request) -> Response:
        """Return a heat map over the photo, as PNG, for the best candidate, in about a second."""
        picture = await work_on_photo(request, heat_map)
        return Response(picture, media_type="image/png", headers={"Cache-Control": "no-store"})

    @router.post(
        "/v1/tag",
        summary="This photo with its place in it",
        response_class=Response,
        responses={
            200: {"content": {"application/octet-stream": {}, SIDECAR: {}}},
            **documented(400, 401, 403, 408, 413, 415, 422, 503),
        },
        openapi_extra={"requestBody": photo_form(1)},
    )
    async def tag(request: Request) -> Response:
        """Return the photo, its picture byte for byte, with GPS, names and keywords; or, where a file of its kind
        cannot hold them, an XMP sidecar. A photo with a position keeps it and gets a sidecar of names and keywords.
        422 where no landmark is recognised, and where the one that is stands elsewhere than the photo's own position.
        """
        content, name, kind = await work_on_photo(request, tagged)
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
        return Response(content, media_type=kind, headers={"Cache-Control": "no-store", **headers})

    return router


def heat_map(upload: Upload, predictor: Predictor, limits: Limits) -> bytes:
    """Return the PNG of a photo's explanation. Raises `PhotoError`."""
    photo = read_photo(
        upload.data, name=upload.name, limits=limits, short_side_px=predictor.bundle.preprocessing.resize_px
    )
    return predictor.explain(photo).to_png()


def tagged(upload: Upload, predictor: Predictor, limits: Limits) -> tuple[bytes, str, str]:
    """Return the tagged photo or its sidecar: content, file name, media type.

    Raises `RequestError`: 400 for what is no photo, 422 for a photo of no landmark that is known, or of one that is
    far from the photo's own position.
    """
    [answer] = predictor.answer([predictor.prepare(upload.data, name=upload.name, limits=limits)])
    if answer.error is not None:
        raise RequestError(400, answer.error)
    if answer.landmark is None:
        found = f"{upload.name}: no landmark I know, so there is nothing to write."
        raise RequestError(422, f"{found} Expected a photo of a landmark that the model recognises.")
    if answer.own and answer.place and answer.own.contradicts(answer.place):
        found = f"{upload.name}: {answer.own.suspicion(answer.place, answer.confidence)}, so nothing is written."
        raise RequestError(
            422, f"{found} Expected a photo taken at what it shows; correct its position, or tag it by hand."
        )
    place = place_tag(answer)
    if answer.own:
        place = replace(place, coordinates=None)  # programs prefer a sidecar's to the photo's own
    else:
        with suppress(NotWritableError):
            return apply_edits(upload.data, edit_photo(upload.data, place)), upload.name, "application/octet-stream"
    sidecar = edit_sidecar(None, place, start_sidecar(read_photo_blocks(upload.data), None, place))
    return apply_edits(b"", sidecar), f"{upload.name}.xmp", SIDECAR


def place_tag(answer: Answer) -> PlaceTag:
    """Return what is written of an answer that names a landmark: names alone where the landmark is wide."""
    assert answer.landmark is not None and answer.confidence is not None
    is_wide = 2 * (answer.radius_km or 0) > WIDE_KM
    return PlaceTag(
        answer.landmark,
        answer.confidence,
        f"recognised {confidence_text(answer.confidence)}",
        None if is_wide else answer.coordinates,
        answer.radius_km,
        answer.countries,
    )
