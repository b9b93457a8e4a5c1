"""What people see: the page, its files, and the description of the API. All of it is here, nothing elsewhere."""

from functools import cache
from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.responses import HTMLResponse, Response

from landmark.pages.figures.world import world_outline
from landmark.server.docs_page import docs_page

_PAGE = Path(__file__).with_name("page")
_FILES = {"app.js": "text/javascript", "style.css": "text/css", "icon.svg": "image/svg+xml"}
_LAND = "<!-- land -->"


def page_routes(app: FastAPI) -> APIRouter:
    """The routes of the page and of /docs, which describes the routes of `app`."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def page() -> Response:
        return HTMLResponse(_page(), headers=_REVALIDATE)

    @router.get("/docs")
    async def docs() -> Response:
        return HTMLResponse(docs_page(app.openapi()), headers=_REVALIDATE)

    def add_file(name: str, media_type: str) -> None:
        @router.get(f"/page/{name}")
        async def file() -> Response:
            return Response(_read(name), media_type=media_type, headers=_REVALIDATE)

    for name, media_type in _FILES.items():
        add_file(name, media_type)
    return router


_REVALIDATE = {"Cache-Control": "no-cache"}


@cache
def _read(name: str) -> str:
    return (_PAGE / name).read_text(encoding="utf-8")


@cache
def _page() -> str:
    return _read("index.html").replace(_LAND, f'<path d="{land_path()}"/>')


@cache
def land_path() -> str:
    """The land of the world as the path of an SVG whose units are degrees: x is the longitude, y runs south.

    >>> land_path().startswith("M"), land_path().endswith("Z"), "None" in land_path()
    (True, True, False)
    """
    coasts: list[list[str]] = [[]]
    for longitude, latitude in zip(*world_outline(), strict=True):
        if longitude is None or latitude is None:
            coasts.append([])
        else:
            coasts[-1].append(f"{longitude:.1f} {-latitude:.1f}")
    return "".join(f"M{'L'.join(coast)}Z" for coast in coasts if coast)
