"""Where an answer to a POST stands in a replay index: its URL with the method and the body as further query arguments.

Follows the IIPC guideline on non-GET requests in CDX, as pywb and wabac.js read it. Must not know index lines.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import unquote_plus, urlencode

MAX_ARGUMENTS = 4096  # characters; replay tools compare no more
METHODS = ("POST", "PUT")

_HEAD = re.compile(rb"\A([A-Z]+) [^\r\n]*\r?\n(.*?\r?\n)\r?\n", re.DOTALL)
_TYPE = re.compile(rb"(?im)^content-type:[ \t]*([^\r\n]*)")


def method_of(request: bytes) -> str:
    """The method of a request; empty where there is none."""
    found = re.match(rb"[A-Z]+(?= )", request)
    return found[0].decode("ascii") if found else ""


def body_arguments(request: bytes) -> str:
    """The body of a POST or PUT as query arguments, at most MAX_ARGUMENTS characters; empty where there is no body.

    A form is unquoted, the values of a JSON text are named by their keys, everything else is ``__wb_post_data=<base64>``.
    """
    head = _HEAD.match(request)
    body = request[head.end() :] if head else b""
    if head is None or not body:
        return ""
    declared = _TYPE.search(head[2])
    content_type = declared[1].decode("latin-1").strip() if declared else ""
    return _arguments(content_type, body)[:MAX_ARGUMENTS]


def with_arguments(url: str, method: str, arguments: str) -> str:
    """The URL under which an answer is looked up."""
    return f"{url}{'&' if '?' in url else '?'}__wb_method={method}{'&' if arguments else ''}{arguments}"


def _arguments(content_type: str, body: bytes) -> str:
    kind = content_type.lower()
    if kind.startswith("application/x-www-form-urlencoded"):
        try:
            return unquote_plus(body.decode("utf-8"))
        except UnicodeDecodeError:
            return _opaque(body)
    if kind.startswith("multipart/"):
        return _multipart(content_type, body)
    if kind.startswith(("application/json", "text/plain")):
        try:
            return urlencode(list(_numbered(json.loads(body))))
        except (ValueError, RecursionError):
            return "" if kind.startswith("application/json") else _opaque(body)
    return _opaque(body)


def _opaque(body: bytes) -> str:
    return "__wb_post_data=" + base64.b64encode(body).decode("ascii")


def _multipart(content_type: str, body: bytes) -> str:
    whole = b"Content-Type: %b\r\n\r\n%b" % (content_type.encode("latin-1"), body)
    message: EmailMessage = BytesParser(EmailMessage, policy=HTTP).parsebytes(whole)
    if not message.is_multipart():
        return _opaque(body)
    fields = []
    for part in message.iter_parts():
        value = part.get_payload(decode=True)
        name = part.get_param("name", "", "content-disposition")
        fields.append((str(name), value.decode("utf-8", "replace") if isinstance(value, bytes) else ""))
    return urlencode(fields)


def _numbered(value: object) -> Iterator[tuple[str, str]]:
    """The values in a JSON text, each with its key; a key that comes again is numbered."""
    seen: dict[str, int] = {}
    for name, text in _values(value, ""):
        seen[name] = seen.get(name, 0) + 1
        yield (name if seen[name] == 1 else f"{name}.{seen[name]}_"), text


def _values(value: object, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _values(inner, str(key))
    elif isinstance(value, list):
        for inner in value:
            yield from _values(inner, name)
    elif name:
        yield name, _as_script_writes(value)


def _as_script_writes(value: object) -> str:
    """A JSON scalar as JavaScript turns it into text."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
