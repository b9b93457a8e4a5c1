#!/usr/bin/env bash
# A face in XMP whose packet calls the namespace of areas by another prefix than usual: under which key does exiv2 tell it?
#
# One would guess: under the usual one. A prefix in XML is a local name: what counts is the namespace, exiv2 knows it, and keys of
#   simple properties and of lists come with exiv2's own prefix, whatever the packet calls them.
# What happens: within a structure the key has the prefix of the packet. A program that asks for .../mwg-rs:Area/stArea:x, as
#   digiKam does, finds no face in a packet that says ns3:x.
# Version: pyexiv2 2.16.0, which brings exiv2 0.28.8; the same in exiv2 0.27.6 of Debian 12.
# Why it matters here: a new sidecar takes over faces from the photo, so prefixes are copied with them and never made up.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install pyexiv2==2.16.0 2>"$folder/pip.log" || {
  cat "$folder/pip.log" >&2
  exit 2
}

"$folder/venv/bin/python" -W ignore - "$folder" <<'PY'
import sys
from pathlib import Path

import pyexiv2

PACKET = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/"
  xmlns:AREA="http://ns.adobe.com/xmp/sType/Area#" xmlns:TITLE="http://purl.org/dc/elements/1.1/">
 <TITLE:source>a title</TITLE:source>
 <mwg-rs:Regions rdf:parseType="Resource"><mwg-rs:RegionList><rdf:Bag><rdf:li rdf:parseType="Resource">
  <mwg-rs:Area rdf:parseType="Resource"><AREA:x>0.5</AREA:x></mwg-rs:Area>
 </rdf:li></rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions>
</rdf:Description></rdf:RDF></x:xmpmeta>"""
FACE = "Xmp.mwg-rs.Regions/mwg-rs:RegionList[1]/mwg-rs:Area/stArea:x"


def keys(area: str, title: str) -> dict[str, object]:
    path = Path(sys.argv[1]) / "a.xmp"
    path.write_text(PACKET.replace("AREA", area).replace("TITLE", title))
    image = pyexiv2.Image(str(path))
    try:
        return image.read_xmp()
    finally:
        image.close()


found = {}
for area, title in (("stArea", "dc"), ("ns3", "ns4")):
    read = keys(area, title)
    found[area] = (FACE in read, "Xmp.dc.source" in read)
    print(f"prefixes {area} and {title}: face under the usual key: {found[area][0]}, source: {found[area][1]}")
raise SystemExit(found != {"stArea": (True, True), "ns3": (False, True)})
PY
