"""The page for people, its files, and the description of the API; all of it is served from here."""

from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.responses import HTMLResponse, Response

from landmark.pages.coastline import land_path
from landmark.pages.rendering import render

_PAGE = Path(__file__).with_name("page")
_FILES = {"app.js": "text/javascript", "style.css": "text/css", "icon.svg": "image/svg+xml"}
_REVALIDATE = {"Cache-Control": "no-cache"}


def page_routes(app: FastAPI) -> APIRouter:
    """Return the routes of the page and of /docs, which describes the routes of `app`."""
    router = APIRouter(include_in_schema=False)
    index = render(_PAGE / "index.html", land=land_path())

    @router.get("/")
    async def page() -> Response:
        return HTMLResponse(index, headers=_REVALIDATE)

    @router.get("/docs")
    async def docs() -> Response:
        return HTMLResponse(render(_PAGE / "docs.html", schema=app.openapi()), headers=_REVALIDATE)

    def add_file(name: str, media_type: str) -> None:
        content = (_PAGE / name).read_text(encoding="utf-8")

        @router.get(f"/page/{name}")
        async def file() -> Response:
            return Response(content, media_type=media_type, headers=_REVALIDATE)

    for name, media_type in _FILES.items():
        add_file(name, media_type)
    return router
