#!/usr/bin/env bash
# A BigTIFF that Pillow reads in one byte order: does it read it in the other?
#
# One would guess: yes. A TIFF says its byte order in its first two bytes, and plain TIFFs are read in both.
# What happens: the little-endian BigTIFF opens, and so do plain TIFFs of both orders. The big-endian BigTIFF of the same
#   pixels "cannot be identified": the reader looks for the number 43 in the third byte, where only little-endian files have it.
# Version: Pillow 13.0.0, files written by tifffile 2026.3.3 with numpy 2.4.
# Why it matters here: such a file is whole. Were the reader's word handed on, it would be called damaged or truncated; so a
#   file that begins as a BigTIFF and cannot be opened is called not supported.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install pillow==13.0.0 tifffile==2026.3.3 'numpy==2.4.*' \
  2>"$folder/pip.log" || {
  cat "$folder/pip.log" >&2
  exit 2
}

"$folder/venv/bin/python" -W ignore - <<'PY'
import io

import numpy
import tifffile
from PIL import Image

PIXELS = numpy.arange(768, dtype=numpy.uint16).reshape(16, 16, 3).astype(numpy.uint8)


def is_read(byte_order: str, big: bool) -> bool:
    file = io.BytesIO()
    tifffile.imwrite(file, PIXELS, bigtiff=big, byteorder=byte_order, photometric="rgb")
    assert (tifffile.imread(io.BytesIO(file.getvalue())) == PIXELS).all()
    try:
        return bool((numpy.asarray(Image.open(file)) == PIXELS).all())
    except OSError:
        return False


found = {(order, big): is_read(order, big) for order in "<>" for big in (False, True)}
for (order, big), read in found.items():
    print("big-endian   " if order == ">" else "little-endian", "BigTIFF" if big else "TIFF   ", "read" if read else "not read")
raise SystemExit(found != {("<", False): True, ("<", True): True, (">", False): True, (">", True): False})
PY
