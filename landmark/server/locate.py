"""`POST /v1/locate`: photos in a form, and the rows of `landmark locate --json` back."""

import logging
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from landmark.server.batching import Batcher
from landmark.server.clients import cancel_on_disconnect
from landmark.server.multipart import FIELD, PhotoForm, Upload
from landmark.server.replies import documented

logger = logging.getLogger("landmark.server.photos")  # silent unless asked for: it holds names


class CandidateRow(BaseModel):
    """A landmark that the photo may show."""

    landmark: str
    confidence: float = Field(description="Calibrated probability, 0 to 1.")


class AnswerRow(BaseModel):
    """The answer for one photo."""

    photo: str = Field(description="The file's name as it was sent, or its number.")
    landmark: str | None = Field(description='null is "no landmark I know".')
    confidence: float | None = Field(description="Of the best candidate; null where the photo cannot be read.")
    latitude: float | None = Field(description="Degrees, north positive: where the landmark stands.")
    longitude: float | None = Field(description="Degrees, east positive.")
    radius_km: float | None = Field(description="How far the landmark reaches.")
    country: str | list[str] | None = Field(description="A name; a list where a border runs through.")
    candidates: list[CandidateRow] = Field(description="The best first, also below the threshold.")
    warnings: list[str]
    error: str | None = Field(description="Why the photo cannot be read; null where it can.")
    known_latitude: float | None = Field(description="Where the photo's own metadata says it was taken.")
    known_longitude: float | None
    known_from: str | None = Field(description="Which part of the metadata says so: EXIF, XMP or QuickTime.")
    distance_km: float | None = Field(description="From there to where the recognised landmark stands.")
    suspect: bool = Field(
        description="The landmark stands more than 25 km beyond its radius from there: one of the two is wrong."
    )


class LocateReply(BaseModel):
    """A row for each photo, in the order in which they were sent."""

    answers: list[AnswerRow]


def locate_routes(batcher: Batcher, *, max_photos: int) -> APIRouter:
    """Return the route, on a batcher."""
    router = APIRouter(tags=["Photos"])

    @router.post(
        "/v1/locate",
        summary="Where were these photos taken?",
        response_model=LocateReply,
        responses=documented(400, 401, 403, 408, 413, 415, 503),
        openapi_extra={"requestBody": photo_form(max_photos)},
    )
    async def locate(
        request: Request, top: Annotated[int, Query(ge=1, le=100, description="How many candidates to name.")] = 5
    ) -> JSONResponse:
        """Return the rows of `landmark locate --json`. A photo that cannot be read is a row with its error."""
        photos = await receive_photos(request, max_photos)
        located = await cancel_on_disconnect(request, batcher.locate(photos, top=top))
        rows = [one.answer.to_row() for one in located]
        for row in rows:
            logger.info("%s: %s", row["photo"], row["error"] or row["landmark"] or "no landmark I know")
        return JSONResponse({"answers": rows}, headers={"Cache-Control": "no-store"})

    return router


def photo_form(max_photos: int) -> dict[str, Any]:
    """Return the form's description; it is read here and not by FastAPI, which would write photos to files."""
    photos = {
        "type": "array",
        "minItems": 1,
        "maxItems": max_photos,
        "items": {"type": "string", "contentMediaType": "application/octet-stream"},
        "description": "One or several photos: JPEG, PNG, WebP, AVIF, HEIC, TIFF, BMP or GIF.",
    }
    schema = {"type": "object", "required": [FIELD], "properties": {FIELD: photos}}
    return {"required": True, "content": {"multipart/form-data": {"schema": schema}}}


async def receive_photos(request: Request, max_photos: int) -> list[Upload]:
    """Read the photos of a form as they arrive. Raises `RequestError`."""
    form = PhotoForm(request.headers.get("content-type", ""), max_photos=max_photos)
    async for piece in request.stream():
        form.feed(piece)
    return form.photos()
