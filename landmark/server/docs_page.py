"""The OpenAPI description as a page for people: plain HTML, without a script."""

from collections.abc import Iterator
from html import escape
from typing import Any

_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API of landmark</title>
<link rel="icon" href="/page/icon.svg">
<link rel="stylesheet" href="/page/style.css">
</head>
<body class="docs">
<main>
<p><a href="/">Back to the page</a></p>
<h1>API of landmark</h1>
<p>The same as a file for programs: <a href="/openapi.json">/openapi.json</a>. Errors always have one shape,
<code>{"error": {"code": …, "message": …, "status": …}}</code>.</p>
<pre><code>curl -F photo=@taj.jpg http://127.0.0.1:8000/v1/locate</code></pre>"""


def docs_page(schema: dict[str, Any]) -> str:
    """The page of an OpenAPI description."""
    blocks = [_HEAD]
    if "securitySchemes" in schema["components"]:
        blocks.append(
            "<p>A token is set: send it as <code>Authorization: Bearer TOKEN</code>, as <code>X-Goog-Api-Key: TOKEN"
            "</code> or as <code>?key=TOKEN</code>.</p>"
        )
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            blocks.append("\n".join(_operation(method, path, operation)))
    blocks.append("<h2>Shapes</h2>")
    blocks += ["\n".join(_shape(name, part)) for name, part in schema["components"]["schemas"].items()]
    return "\n".join([*blocks, "</main>\n</body>\n</html>\n"])


def _operation(method: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    yield f"<section>\n<h2><code>{method.upper()} {escape(path)}</code></h2>"
    yield f"<p><strong>{escape(operation['summary'])}</strong> {_text(operation)}</p>"
    if parameters := operation.get("parameters"):
        yield "<h3>Query</h3>"
        yield from _table((one["name"], _kind(one["schema"]), _text(one)) for one in parameters)
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"<h3>Body: <code>{escape(media_type)}</code></h3>"
        yield from _fields(content["schema"])
    yield "<h3>Replies</h3>"
    yield from _table(
        (status, _content_kind(reply), _text(reply)) for status, reply in sorted(operation["responses"].items())
    )
    yield "</section>"


def _shape(name: str, schema: dict[str, Any]) -> Iterator[str]:
    yield f'<section id="{escape(name)}">\n<h3>{escape(name)}</h3>\n<p>{_text(schema)}</p>'
    yield from _fields(schema)
    yield "</section>"


def _fields(schema: dict[str, Any]) -> Iterator[str]:
    required = schema.get("required", ())
    yield from _table(
        (name, _kind(part) + ("" if name in required else ", may be missing"), _text(part))
        for name, part in schema.get("properties", {}).items()
    )


def _table(rows: Any) -> Iterator[str]:
    yield '<div class="scroll"><table>'
    for name, kind, text in rows:
        yield f'<tr><th scope="row"><code>{escape(name)}</code></th><td>{kind}</td><td>{text}</td></tr>'
    yield "</table></div>"


def _content_kind(reply: dict[str, Any]) -> str:
    contents = reply.get("content", {}).items()
    return ", ".join(_kind(content.get("schema", {})) or escape(name) for name, content in contents)


def _kind(schema: dict[str, Any]) -> str:
    """A schema's type in a few words, with links to shapes.

    >>> _kind({"anyOf": [{"type": "number"}, {"type": "null"}]}), _kind({"type": "integer", "minimum": 1, "default": 5})
    ('number or null', 'integer, from 1, default 5')
    """
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return f'<a href="#{escape(name)}">{escape(name)}</a>'
    if "anyOf" in schema:
        kind = " or ".join(_kind(option) for option in schema["anyOf"])
    elif schema.get("type") == "array":
        kind = f"list of {_kind(schema.get('items', {})) or 'anything'}"
    else:
        kind = escape(str(schema.get("type", "")))
    for key, word in (("minimum", "from"), ("maximum", "to"), ("maxItems", "at most"), ("default", "default")):
        if schema.get(key) is not None:
            kind += f", {word} {escape(str(schema[key]))}"
    return kind


def _text(part: dict[str, Any]) -> str:
    return escape(part.get("description", ""))
