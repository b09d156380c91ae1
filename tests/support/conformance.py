"""Holds each answer of the server against its own OpenAPI document: nothing that it says may be undocumented.

Client calls check() with everything that it receives, so that every test over HTTP is a test of the document too. What
was seen is remembered: unseen() names the documented answers that no test ever got.
"""

import copy
import functools
import json
import re
import tempfile
from urllib.parse import unquote

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from support import refusal_codes
from support.server import run_command

# Served, but not part of the API: the API pages with their assets, and the document itself.
_PAGES = re.compile(r"/(docs|redoc)(/.*)?|/openapi\.json")

# Refusals of requests that are no HTTP, after which the connection ends: the document's description lists them.
_BEFORE_ANY_ROUTE = (400, 408, 417, 431, 501, 505)

_seen = set()  # of (method, path template, status)


@functools.cache
def document():
    """What `nassaq openapi` prints, which is what /openapi.json serves (test_openapi.py makes sure of that)."""
    with tempfile.TemporaryDirectory() as directory:
        done = run_command("openapi", settings={"ENVIRONMENT": "dev"}, directory=directory)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@functools.cache
def _templates():
    """(pattern, path template), those without a parameter first: /docs/me is no /docs/{doc_id}."""
    paths = sorted(document()["paths"], key=lambda path: path.count("{"))
    return [(re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))), path) for path in paths]


def _decoded(path):
    """With its escapes undone, segment by segment; None for what is no text, which is refused before any route is asked."""
    try:
        segments = [unquote(segment, errors="strict").replace("/", "%2F") for segment in path.split("/")]
    except UnicodeDecodeError:
        return None
    return None if any("\0" in segment for segment in segments) else "/".join(segments)


def _template_of(method, path):
    """The route that takes it: of several that fit the first that knows the method, else the first (as Starlette)."""
    path = _decoded(path)
    fitting = [template for pattern, template in _templates() if path is not None and pattern.fullmatch(path)]
    knowing = [template for template in fitting if _operation(method, template)]
    return (knowing or fitting or [None])[0]


def _operation(method, template):
    return document()["paths"][template].get("get" if method == "HEAD" else method.lower())


@functools.cache
def _registry():
    closed = _closed(copy.deepcopy(document()))
    return Registry().with_resource("urn:openapi", Resource.from_contents(closed, DRAFT202012))


def _closed(node):
    """As the document, but an object may have no other properties than those that are written down."""
    if isinstance(node, dict):
        if node.get("type") == "object" and "properties" in node:
            node.setdefault("additionalProperties", False)
        for value in node.values():
            _closed(value)
    elif isinstance(node, list):
        for value in node:
            _closed(value)
    return node


def resolve(node):
    """What a `$ref` of the document refers to."""
    while "$ref" in node:
        found = document()
        for name in node["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        node = found
    return node


def validator(schema):
    """For a schema of the document, closed; its references stay references into the document."""
    return _validator(json.dumps(schema, sort_keys=True))


@functools.cache
def _validator(schema_text):
    schema = json.loads(schema_text.replace('"#/components/', '"urn:openapi#/components/'))
    return Draft202012Validator(_closed(schema), registry=_registry(),
                                format_checker=Draft202012Validator.FORMAT_CHECKER)


def check(method, path, response, is_streamed=False):
    """Fails when the document does not know this answer, or its body is not as the schema says."""
    if response.status_code in (502, 504):
        return  # The word of a proxy in front, where there is one: the server says neither.
    template = _template_of(method, path)
    what = f"{method} {path} answered {response.status_code}"
    if template is None:
        assert response.status_code >= 300 or _PAGES.fullmatch(path), f"{what}, but no such route is documented"
        return
    operation = _operation(method, template)
    if operation is None:
        is_refused = response.status_code in (400, 405, 501)
        assert is_refused or method == "OPTIONS", f"{what}, but no such method is documented"
        return
    if response.status_code in _BEFORE_ANY_ROUTE and response.headers.get("connection") == "close":
        return
    answer = operation["responses"].get(str(response.status_code))
    assert answer is not None, f"{what}, which {template} does not document: {_start_of(response, is_streamed)}"
    _seen.add((method, template, response.status_code))
    _check_headers(resolve(answer), response, what)
    if method != "HEAD":
        _check_body(resolve(answer), response, is_streamed, what)


def seen():
    """[method, path template, status] of all that check() and saw() were given, as it can be sent between processes."""
    return sorted(list(answer) for answer in _seen)


def remember(answers):
    """Adds what another process has seen."""
    _seen.update(tuple(answer) for answer in answers)


def saw(method, path, status):
    """Notes an answer that came past a Client: on a raw socket."""
    template = _template_of(method, path)
    assert str(status) in document()["paths"][template][method.lower()]["responses"], (method, path, status)
    _seen.add((method, template, status))


def _start_of(response, is_streamed):
    return "…" if is_streamed else response.text[:300]


def _check_headers(answer, response, what):
    for name, header in answer.get("headers", {}).items():
        value = response.headers.get(name)
        assert value is not None or not resolve(header).get("required"), f"{what} without the header {name}"


def _check_body(answer, response, is_streamed, what):
    content = answer.get("content")
    media_type = response.headers.get("content-type", "").split(";")[0].strip()
    if content is None:
        assert is_streamed or response.content == b"", f"{what} with a body that is not documented"
        return
    documented = content.get(media_type, content.get("*/*"))
    assert documented is not None, f"{what} as {media_type!r}, which is not documented"
    if media_type == "application/json" and media_type in content and not is_streamed:
        found = validator(documented["schema"]).iter_errors(response.json())
        errors = [f"{error.json_path}: {error.message}" for error in found]
        assert not errors, f"{what} with a body unlike its schema: {errors}"
        _check_code(response, what)


def _check_code(response, what):
    """Of a refusal: the code belongs to this status, and has done so since it is known."""
    body = response.json()
    if response.status_code >= 400 and "detail" in body:
        assert refusal_codes.STATUSES[body["code"]] == response.status_code, f"{what} with the code {body['code']}"


def documented_answers():
    """(method, path template, status) of every answer in the document."""
    for path, item in document()["paths"].items():
        for method, operation in item.items():
            for status in operation["responses"]:
                yield method.upper(), path, int(status)


def unseen():
    """The documented answers that no test of this process got."""
    return sorted(set(documented_answers()) - _seen)
