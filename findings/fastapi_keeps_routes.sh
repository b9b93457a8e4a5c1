#!/usr/bin/env bash
# A FastAPI application is dropped: is what its routes hold freed?
#
# One would guess: yes, like any object that nobody refers to any more.
# What happens: FastAPI's caches of route functions keep up to 4,096 of them, and with each function whatever its closure
#   holds. A model that a route has from the scope around it stays in memory for as long as the process. One that the routes
#   reach through `app.state` is freed.
# Version: FastAPI 0.165.0 with Starlette 1.10.0.
# Why it matters here: a server that loads a new model and builds a new application, in the same process, grew by one model
#   (about 80 MB) at each reload. It releases the old model by hand now.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install fastapi==0.165.0 starlette==1.10.0 2>"$folder/pip.log" || {
  cat "$folder/pip.log" >&2
  exit 2
}

"$folder/venv/bin/python" - <<'PY'
import gc
import weakref

from fastapi import FastAPI, Request


class Model:
    """Stands for something large."""


def with_closure(model: Model) -> FastAPI:
    app = FastAPI()

    @app.get("/")
    def answer() -> int:
        return id(model)

    return app


def with_state(model: Model) -> FastAPI:
    app = FastAPI()
    app.state.model = model

    @app.get("/")
    def answer(request: Request) -> int:
        return id(request.app.state.model)

    return app


def is_freed(make) -> bool:
    model = Model()
    reference = weakref.ref(model)
    app = make(model)
    del model, app
    gc.collect()
    return reference() is None


closure, state = is_freed(with_closure), is_freed(with_state)
print("model in a route's closure:", "freed" if closure else "kept")
print("model in app.state:        ", "freed" if state else "kept")
raise SystemExit(closure or not state)
PY
