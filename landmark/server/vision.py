"""`POST /v1/images:annotate`, as Google Vision's LANDMARK_DETECTION has it: a service switches by changing the URL.

Requests and replies have the published shapes of `google.cloud.vision.v1`; what is not about landmarks is ignored, and
URLs in requests are never fetched.
"""

import asyncio
import base64
import binascii
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError, create_model

from landmark.geo.countries import name_key
from landmark.server.batching import Batcher, Located
from landmark.server.clients import cancel_on_disconnect
from landmark.server.multipart import Upload
from landmark.server.replies import RequestError, documented

_LANDMARK_DETECTION = ("LANDMARK_DETECTION", 2)  # Google's Python client sends the number
_MOST_COMMAS = 1_000  # in a request, for each image that it may hold
_INVALID_ARGUMENT, _UNIMPLEMENTED = 3, 12  # codes of google.rpc.Status


class ImageSource(BaseModel):
    """An image elsewhere, which is refused."""

    image_uri: str | None = Field(default=None, validation_alias=AliasChoices("imageUri", "image_uri"))
    gcs_image_uri: str | None = Field(default=None, validation_alias=AliasChoices("gcsImageUri", "gcs_image_uri"))


class Image(BaseModel):
    """A photo."""

    content: str | None = Field(default=None, description="The file's bytes in base64.", examples=["/9j/4AAQSkZJRg=="])
    source: ImageSource | None = Field(default=None, description="Not supported: no URL is ever fetched.")


class Feature(BaseModel):
    """What is asked of an image: LANDMARK_DETECTION; any other is ignored beside it, and an error alone."""

    type: str | int | None = Field(default=None, examples=["LANDMARK_DETECTION"])


class AnnotateImageRequest(BaseModel):
    """One image, and what to find in it."""

    model_config = ConfigDict(extra="ignore")
    image: Image = Field(default_factory=Image)
    features: list[Feature] = Field(default_factory=list, max_length=100)


class BatchRequest(BaseModel):
    """Images to annotate."""

    requests: list[AnnotateImageRequest] = Field(description="One for each image.")


class LatLng(BaseModel):
    """A point on Earth in degrees."""

    latitude: float
    longitude: float


class LocationInfo(BaseModel):
    """Where a landmark stands, or where the photo itself says it was taken."""

    latLng: LatLng  # noqa: N815  # Google's name


class Vertex(BaseModel):
    """A corner, in px of the upright photo."""

    x: int
    y: int


class BoundingPoly(BaseModel):
    """Always the whole photo."""

    vertices: list[Vertex]


class Property(BaseModel):
    """What else is to be said: `suspect`, and why."""

    name: str
    value: str


class LandmarkAnnotation(BaseModel):
    """The landmark that a photo shows."""

    mid: str = Field(description="The same for the same landmark, always.")
    description: str = Field(description="The landmark's name.")
    score: float = Field(description="The confidence, 0 to 1.")
    boundingPoly: BoundingPoly  # noqa: N815  # Google's name
    locations: list[LocationInfo] = Field(description="The landmark's, then the photo's own where it has one.")
    properties: list[Property] | None = Field(
        default=None, description="`suspect` where the photo's own position contradicts the landmark."
    )


class Status(BaseModel):
    """Why an image got no answer (google.rpc.Status)."""

    code: int
    message: str


class AnnotateImageReply(BaseModel):
    """Empty where the photo shows no landmark that is known."""

    landmarkAnnotations: list[LandmarkAnnotation] | None = None  # noqa: N815  # Google's name
    error: Status | None = None


class BatchReply(BaseModel):
    """A reply for each image, in order."""

    responses: list[AnnotateImageReply]


def vision_routes(batcher: Batcher, *, max_photos: int) -> APIRouter:
    """Return the route, on a batcher."""
    router = APIRouter(tags=["Photos"])
    batch_model = _batch_of_at_most(max_photos)
    schema = batch_model.model_json_schema(ref_template="#/components/schemas/{model}")

    @router.post(
        "/v1/images:annotate",
        summary="As Google Vision's LANDMARK_DETECTION",
        response_model=BatchReply,
        response_model_exclude_none=True,
        responses=documented(400, 401, 403, 408, 413, 503),
        openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}},
    )
    async def annotate(request: Request) -> JSONResponse:
        """Answer clients of Google Vision, which switch by changing the URL; the token is what they call their key."""
        body = await request.body()
        images = await asyncio.to_thread(_read_images, body, batch_model, max_photos)
        del body  # in base64, and larger than the photos
        uploads = [image for image in images if isinstance(image, Upload)]
        located = iter(await cancel_on_disconnect(request, batcher.locate(uploads, top=1)) if uploads else ())
        replies = [annotation(next(located)) if isinstance(image, Upload) else image for image in images]
        return JSONResponse({"responses": replies}, headers={"Cache-Control": "no-store"})

    return router


def annotation(located: Located) -> dict[str, Any]:
    """Return an `AnnotateImageReply` for one photo."""
    answer = located.answer
    if answer.error is not None:
        return _error(_INVALID_ARGUMENT, f"Bad image data. {answer.error}")
    if answer.landmark is None or located.size_px is None:
        return {}
    width, height = located.size_px
    corners = ((0, 0), (width, 0), (width, height), (0, height))
    places = [at for at in (answer.coordinates, answer.known) if at]
    found: dict[str, Any] = {
        "mid": landmark_id(answer.landmark),
        "description": answer.landmark,
        "score": round(answer.confidence or 0.0, 4),
        "boundingPoly": {"vertices": [{"x": x, "y": y} for x, y in corners]},
        "locations": [{"latLng": {"latitude": at.latitude, "longitude": at.longitude}} for at in places],
    }
    if answer.suspicion:
        found["properties"] = [{"name": "suspect", "value": answer.suspicion}]
    return {"landmarkAnnotations": [found]}


def landmark_id(name: str) -> str:
    """Return the stable id of a landmark, made of its name.

    >>> landmark_id("St Stephen's Cathedral"), landmark_id("Sagrada Família")
    ('/landmark/ststephenscathedral', '/landmark/sagradafamilia')
    """
    return f"/landmark/{name_key(name)}"


def _batch_of_at_most(max_photos: int) -> type[BatchRequest]:
    """Return the type of requests that are accepted. More are refused while parsing: a body holds millions."""
    wanted = BatchRequest.model_fields["requests"]
    few = (list[AnnotateImageRequest], Field(max_length=max_photos, description=wanted.description))
    return create_model("BatchRequest", __base__=BatchRequest, __doc__=BatchRequest.__doc__, requests=few)


def _read_images(body: bytes, batch_model: type[BatchRequest], max_photos: int) -> list[Upload | dict[str, Any]]:
    """Return for each image of a request its bytes, or the reply that says what is wrong with it."""
    if body.count(b",") > _MOST_COMMAS * max_photos:  # base64 has none: it is of many small things, which take memory
        found = f"Found far more than {max_photos} images with what they ask for, or no JSON"
        raise RequestError(400, f'{found}. Expected {{"requests": [...]}}, as Google Vision.')
    try:
        batch = batch_model.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        if first["type"] == "too_long" and first["loc"] == ("requests",):
            found = f"Found over {max_photos} images"
            raise RequestError(400, f"{found}. Expected at most that many; send several requests.") from None
        place = ".".join(map(str, first["loc"])) or "the body"
        raise RequestError(400, f'{place}: {first["msg"]}. Expected {{"requests": [...]}}, as Google Vision.') from None
    return [_read_image(one, f"image {number}") for number, one in enumerate(batch.requests, start=1)]


def _read_image(request: AnnotateImageRequest, name: str) -> Upload | dict[str, Any]:
    asked = [feature.type for feature in request.features]
    if not any(feature in _LANDMARK_DETECTION for feature in asked):
        found = ", ".join(str(feature)[:40] for feature in asked[:5]) or "no feature"
        return _error(_UNIMPLEMENTED if asked else _INVALID_ARGUMENT, f"Found {found}. Expected LANDMARK_DETECTION.")
    if not request.image.content:
        if request.image.source is not None:
            return _error(_INVALID_ARGUMENT, "URLs are not fetched here. Expected the photo itself, in image.content.")
        return _error(_INVALID_ARGUMENT, "No image. Expected the photo's bytes in base64, in image.content.")
    try:
        # Clients may use either alphabet, and leave the filling at the end out.
        text = request.image.content.translate(_STANDARD_ALPHABET).rstrip("=")
        return Upload(name, base64.b64decode(text + "=" * (-len(text) % 4), validate=True))
    except (binascii.Error, ValueError):
        return _error(_INVALID_ARGUMENT, "image.content is not base64. Expected the photo's bytes, without 'data:'.")


_STANDARD_ALPHABET = str.maketrans("-_", "+/", "\r\n")


def _error(code: int, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}
