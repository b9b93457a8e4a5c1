"""What can be asked of a photo after its answer: why (`/v1/explain`), and itself with its place in it (`/v1/tag`)."""

from dataclasses import replace
from functools import partial
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import Response

from landmark.core.text import confidence_text
from landmark.metadata.blocks import NotWritableError
from landmark.metadata.edits import apply_edits
from landmark.metadata.merging import read_embedded
from landmark.metadata.place_tag import PlaceTag
from landmark.metadata.writing import edit_photo, edit_sidecar
from landmark.model.answer import Answer
from landmark.model.predictor import Predictor
from landmark.photo import Limits, read_photo
from landmark.server.batching import Batcher
from landmark.server.clients import while_connected
from landmark.server.locate import photo_form, receive_photos
from landmark.server.multipart import Upload
from landmark.server.replies import RequestError, documented
from landmark.tagging.decision import WIDE_KM

SIDECAR = "application/rdf+xml"


def follow_up_routes(batcher: Batcher) -> APIRouter:
    """The routes, on a batcher. Each takes one photo, in a thread of its own, and one place of the queue."""
    router = APIRouter(tags=["Photos"])

    @router.post(
        "/v1/explain",
        summary="Which part of this photo spoke for its answer?",
        response_class=Response,
        responses={200: {"content": {"image/png": {}}}, **documented(400, 401, 403, 408, 413, 415, 503)},
        openapi_extra={"requestBody": photo_form(1)},
    )
    async def explain(request: Request) -> Response:
        """A heat map over the photo, as PNG, for the best candidate; takes about a second."""
        [upload] = await receive_photos(request, 1)
        picture = await while_connected(request, batcher.work_on(upload, partial(heat_map, upload)))
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
        """The photo, its picture byte for byte, with GPS, names and keywords; or, where a file of its kind cannot
        take them, an XMP sidecar. A photo that has a position keeps it: it gets a sidecar of names and keywords alone.
        422 where no landmark is recognised.
        """
        [upload] = await receive_photos(request, 1)
        content, name, kind = await while_connected(request, batcher.work_on(upload, partial(tagged, upload)))
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
        return Response(content, media_type=kind, headers={"Cache-Control": "no-store", **headers})

    return router


def heat_map(upload: Upload, predictor: Predictor, limits: Limits) -> bytes:
    """The PNG of a photo's explanation. Raises `PhotoError`."""
    photo = read_photo(
        upload.data, name=upload.name, limits=limits, short_side_px=predictor.bundle.preprocessing.resize_px
    )
    return predictor.explain(photo).to_png()


def tagged(upload: Upload, predictor: Predictor, limits: Limits) -> tuple[bytes, str, str]:
    """The tagged photo or its sidecar: content, file name, media type.

    Raises `RequestError`: 400 for what is no photo, 422 where nothing is known of it.
    """
    [answer] = predictor.answer([predictor.prepare(upload.data, name=upload.name, limits=limits)])
    if answer.error is not None:
        raise RequestError(400, answer.error)
    if answer.landmark is None:
        found = f"{upload.name}: no landmark I know, so there is nothing to write."
        raise RequestError(422, f"{found} Expected a photo of a landmark that the model recognises.")
    place = place_tag(answer)
    if any(reading.coordinates for reading in read_embedded(upload.data)):
        place = replace(place, coordinates=None)  # programs believe a sidecar before the photo
    try:
        return apply_edits(upload.data, edit_photo(upload.data, place)), upload.name, "application/octet-stream"
    except NotWritableError:
        return apply_edits(b"", edit_sidecar(None, place)), f"{upload.name}.xmp", SIDECAR


def place_tag(answer: Answer) -> PlaceTag:
    """What is written of an answer that names a landmark; of one that is wide, only its names."""
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
