"""`landmark serve`: an HTTP API for photo services, and a page for people."""

from pathlib import Path
from typing import Annotated

import typer

from landmark.cli.commands import PHOTOS, command
from landmark.cli.shared_options import ModelOption


@command(
    PHOTOS,
    "landmark serve",
    "curl -F photo=@taj.jpg http://127.0.0.1:8000/v1/locate",
    "landmark serve --host 0.0.0.0 --token-file token.txt",
)
def serve(
    model: ModelOption = None,
    host: Annotated[str, typer.Option(help="The address to listen on; any but this one needs a token.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on; 0: any free one.", min=0, max=65535)] = 8000,
    workers: Annotated[int, typer.Option(help="Server processes, which share the cores and the port.", min=1)] = 1,
    token: Annotated[
        str | None,
        typer.Option(
            envvar="LANDMARK_TOKEN",
            show_envvar=True,
            help="The token that clients must send. Other users can see it here; --token-file is safer.",
        ),
    ] = None,
    token_file: Annotated[
        Path | None, typer.Option(help="A file with the token in its first line.", metavar="FILE")
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(help="Another name the server goes by, such as a proxy's; may be repeated.", metavar="NAME"),
    ] = None,
    deadline: Annotated[float, typer.Option(help="Seconds allowed for each photo of a request.")] = 5.0,
    queue: Annotated[int, typer.Option(help="Photos in flight per core; more are refused.", min=1)] = 3,
    max_upload_mb: Annotated[float, typer.Option(help="The largest request, in MB.")] = 32,
    max_photos: Annotated[int, typer.Option(help="The most photos in a request.", min=1)] = 16,
    max_megapixels: Annotated[float, typer.Option(help="The largest photo, in megapixels.")] = 100,
    log_photos: Annotated[
        bool, typer.Option("--log-photos", help="Also log the names of photos, and the answers.")
    ] = False,
) -> None:
    """Locate photos over HTTP: an API for photo services, and a page for people.

    POST /v1/locate takes photos in a form; POST /v1/images:annotate is Google Vision's LANDMARK_DETECTION. /docs
    describes the API. Photos are not kept and do not leave the machine.
    """
    from landmark.core.errors import require

    for package in ("fastapi", "uvicorn", "httptools", "python_multipart", "prometheus_client"):
        require(package, "serve")
    from landmark.server.process import serve as serve_until_ended
    from landmark.server.settings import ServerSettings

    settings = ServerSettings.with_token_file(
        token_file,
        model=model,
        host=host,
        port=port,
        workers=workers,
        token=token,
        allowed_hosts=tuple(allow_host or ()),
        deadline_s=deadline,
        queue=queue,
        max_upload_mb=max_upload_mb,
        max_photos=max_photos,
        max_megapixels=max_megapixels,
        log_photos=log_photos,
    )
    serve_until_ended(settings)
