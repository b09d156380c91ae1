"""/openapi.json, /docs and /redoc, and that production hides them (api.md section 7)."""

import json
import re
from urllib.parse import urljoin

import pytest
from openapi_spec_validator import validate

from support import conformance, expect
from support.client import Client
from support.routes import ACTIVE, ADMIN, ANYONE, REFRESH, ROUTES, TOKEN
from support.server import BINARY


@pytest.fixture(scope="module")
def document(anyone):
    return expect.ok(anyone.get("//openapi.json"))


def operation(document, route):
    return document["paths"][f"/api/v1{route.path}"][route.method.lower()]


def resolve(document, schema):
    while "$ref" in schema:
        found = document
        for name in schema["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        schema = found
    return schema


def test_it_is_valid(document):
    assert re.fullmatch(r"3\.1\.\d+", document["openapi"])
    validate(document)


def schemas_within(node):
    """Every schema of the document, with those inside of others."""
    if isinstance(node, dict):
        if "type" in node or "anyOf" in node or "$ref" in node:
            yield node
        for value in node.values():
            yield from schemas_within(value)
    elif isinstance(node, list):
        for value in node:
            yield from schemas_within(value)


def test_its_examples_are_as_its_schemas_say(document):
    checked = 0
    for schema in schemas_within(document["components"]["schemas"]):
        for example in schema.get("examples", []) + ([schema["default"]] if "default" in schema else []):
            conformance.validator(schema).validate(example)
            checked += 1
    for item in document["paths"].values():
        for operation in item.values():
            for answer in operation["responses"].values():
                for media in conformance.resolve(answer).get("content", {}).values():
                    for example in media.get("examples", {}).values():
                        conformance.validator(media["schema"]).validate(example["value"])
                        checked += 1
    assert checked > 300


@pytest.mark.parametrize("name", sorted(conformance.document()["components"]["schemas"]) if BINARY.is_file() else [])
def test_every_property_has_an_example(document, name):
    """So that Swagger UI shows what a request and an answer look like; flags, choices and defaults show themselves."""
    if name in ("Problem", "ValidationError", "HTTPValidationError"):
        return  # with examples of their own
    for key, schema in document["components"]["schemas"][name]["properties"].items():
        within = list(schemas_within(schema))
        shown = any({"examples", "enum", "default", "$ref", "contentMediaType"} & set(part) or part.get("type") == "boolean"
                    for part in within)
        assert shown, f"{name}.{key} has no example"


def test_it_lists_exactly_the_routes(document):
    listed = {(method.upper(), path) for path, item in document["paths"].items() for method in item
              if method in ("get", "post", "put", "patch", "delete", "head", "options")}
    expected = {(route.method, f"/api/v1{route.path}") for route in ROUTES}
    assert {entry for entry in listed if entry[1].startswith("/api/")} == expected
    assert listed - expected <= {("GET", path) for path in ("/", "/healthz/ready", "/metrics")}


def test_swagger_can_log_in(document):
    schemes = document["components"]["securitySchemes"]
    flows = [scheme["flows"]["password"] for scheme in schemes.values() if scheme["type"] == "oauth2"]
    assert [flow["tokenUrl"] for flow in flows] == ["/api/v1/auth/login"]


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_every_operation_says_who_may_call_it(document, route):
    security = operation(document, route).get("security", document.get("security", []))
    schemes = [name for alternative in security for name in alternative]
    assert schemes == {ANYONE: [], REFRESH: ["RefreshToken"],
                       TOKEN: ["OAuth2PasswordBearer", "RefreshToken"]}.get(route.level, ["OAuth2PasswordBearer"])


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_every_operation_says_what_it_answers(document, route):
    answers = set(operation(document, route)["responses"])
    assert any(status.startswith("2") for status in answers)
    if route.level != ANYONE:
        assert "401" in answers
    if route.level in (ACTIVE, ADMIN):
        assert "403" in answers
    if "{" in route.path:
        assert {"404", "422"} <= answers


@pytest.mark.parametrize("route", [route for route in ROUTES if "_id}" in route.path], ids=str)
def test_path_parameters_are_integers(document, route):
    parameters = [entry for entry in operation(document, route)["parameters"] if entry["in"] == "path"]
    assert len(parameters) == route.path.count("{")
    for parameter in parameters:
        assert parameter["required"] is True and parameter["schema"]["type"] == "integer"
        assert f"{{{parameter['name']}}}" in route.path


@pytest.mark.parametrize("path, names", [
    ("/users/", ["skip", "limit", "is_active"]),
    ("/users/pending", ["limit"]),
    ("/docs/", ["skip", "limit", "status", "user_id", "view"]),
    ("/docs/me", ["skip", "limit", "status"]),
    ("/paths/", ["minDepth", "maxDepth", "prefix"]),
    ("/docs/{doc_id}/download", ["inline"]),
    ("/logs/", ["skip", "limit", "action_type", "user_id", "since", "until"]),
])
def test_query_parameters(document, path, names):
    parameters = document["paths"][f"/api/v1{path}"]["get"]["parameters"]
    assert [entry["name"] for entry in parameters if entry["in"] == "query"] == names


@pytest.mark.parametrize("method, path, content_type, fields", [
    ("post", "/auth/register", "application/json", ["full_name", "email", "username", "password"]),
    ("post", "/auth/login", "application/x-www-form-urlencoded",
     ["grant_type", "username", "password", "scope", "client_id", "client_secret"]),
    ("patch", "/users/me", "application/json", ["full_name", "username"]),
    ("patch", "/users/{user_id}", "application/json", ["full_name", "email", "username", "role_id", "is_active"]),
    ("post", "/docs/upload", "multipart/form-data",
     ["file", "full_path", "description", "file_modified_at"]),
    ("post", "/paths/", "application/json", ["full_path", "description"]),
    ("patch", "/paths/{path_id}", "application/json", ["full_path", "description"]),
])
def test_request_bodies(document, method, path, content_type, fields):
    content = document["paths"][f"/api/v1{path}"][method]["requestBody"]["content"]
    assert list(content) == [content_type]
    schema = resolve(document, content[content_type]["schema"])
    assert set(schema["properties"]) == set(fields)


@pytest.mark.parametrize("method, path, status, keys", [
    ("post", "/auth/register", "201", expect.USER_KEYS),
    ("get", "/users/me", "200", expect.USER_KEYS),
    ("post", "/docs/upload", "201", [*expect.UPLOAD_KEYS, "duplicate_of"]),
    ("get", "/docs/me", "200", ["total", "items"]),
    ("get", "/docs/{doc_id}/status", "200", [*expect.STATUS_KEYS, "error_code"]),
    ("post", "/paths/", "201", expect.PATH_KEYS),
])
def test_answer_schemas(document, method, path, status, keys):
    answer = document["paths"][f"/api/v1{path}"][method]["responses"][status]
    schema = resolve(document, answer["content"]["application/json"]["schema"])
    assert list(schema["properties"]) == keys


def test_the_command_prints_the_same_document(server, document):
    done = server.run("openapi")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == document


# -- the pages

@pytest.mark.parametrize("path, script", [("//docs", "swagger"), ("//redoc", "redoc")])
def test_the_pages_are_served_from_here(anyone, path, script):
    response = anyone.get(path)
    assert response.status_code == 200
    assert response.headers["content-type"].replace(" ", "").lower() == "text/html;charset=utf-8"
    assert script in response.text.lower()
    assets = re.findall(r"""<(?:script|link|img)[^>]*?(?:src|href)=["']([^"']+)["']""", response.text)
    assert assets
    for asset in assets:
        if asset.startswith("data:"):
            continue
        address = urljoin(f"{anyone.address}{path[1:]}", asset)
        assert address.startswith(anyone.address + "/"), asset
        loaded = anyone.get("/" + address.removeprefix(anyone.address))
        assert loaded.status_code == 200 and len(loaded.content) > 20, asset
        if asset.split("?")[0].endswith(".js"):
            assert "javascript" in loaded.headers["content-type"]
        if asset.split("?")[0].endswith(".css"):
            assert loaded.headers["content-type"].startswith("text/css")


def test_production_hides_them(new_server):
    server = new_server(ENVIRONMENT="production").start()
    with Client(server.address) as client:
        for path in ("//docs", "//redoc", "//openapi.json", "//docs/"):
            expect.detail(client.get(path), 404, "Not Found")
        assert client.get("//").status_code == 204


# -- what the other tests saw
