"""Routes for whoever runs the server: is it alive, is it ready, how much does it do, which model does it use."""

from typing import Any, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel

from landmark.model.bundle import Bundle
from landmark.server.batching import Batcher
from landmark.server.metrics import CONTENT_TYPE, Metrics
from landmark.server.replies import RequestError, documented


class Health(BaseModel):
    """A process that answers."""

    status: Literal["ok"] = "ok"


def operation_routes(bundle: Bundle, batcher: Batcher, metrics: Metrics) -> APIRouter:
    """Return the routes; /healthz and /readyz need no token."""
    router = APIRouter(tags=["Operation"])

    @router.get("/healthz", summary="Is the process alive?")
    async def healthz() -> Health:
        """Answer 200 while the process is alive."""
        return Health()

    @router.get("/readyz", summary="Can it answer photos?", responses=documented(503))
    async def readyz() -> Health:
        """Answer 200 while photos are worked on; being full for a moment does not count."""
        if not batcher.is_running:
            raise RequestError(503, "Not ready to answer photos. Expected soon; ask again.", retry_after_s=1)
        return Health()

    @router.get(
        "/metrics",
        summary="Counts for Prometheus",
        response_class=Response,
        responses={200: {"content": {"text/plain": {}}}, **documented(401, 403)},
    )
    async def metrics_text() -> Response:
        """Return requests, times, photos by outcome, batches and photos in flight, in Prometheus' text format."""
        return Response(metrics.exposition(), media_type=CONTENT_TYPE)

    @router.get("/v1/model", summary="The model's manifest", responses=documented(401, 403))
    async def model() -> dict[str, Any]:
        """Return `landmark.json`: landmarks, places, scores, calibration, where it comes from."""
        return bundle.manifest

    return router
