"""XMP packets of simple properties, as attributes or as elements."""

from html import escape

_NAMESPACES = {
    "exif": "http://ns.adobe.com/exif/1.0/",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "dcterms": "http://purl.org/dc/terms/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "drone-dji": "http://www.dji.com/drone-dji/1.0/",
    "drone-skydio": "https://www.skydio.com/drone-skydio/1.0/",
}


def packet(values: dict[str, str], *, elements: bool = False) -> str:
    """A packet: packet({"exif:GPSLatitude": "48,51.2N"})."""
    spaces = " ".join(f'xmlns:{name}="{uri}"' for name, uri in _NAMESPACES.items())
    attributes = " ".join(f'{key}="{escape(value)}"' for key, value in values.items() if not elements)
    inside = "".join(f"<{key}>{escape(value)}</{key}>" for key, value in values.items() if elements)
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" {spaces} {attributes}>{inside}</rdf:Description>'
        '</rdf:RDF></x:xmpmeta>\n<?xpacket end="w"?>\n'
    )
