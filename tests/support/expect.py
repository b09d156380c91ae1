"""The words of the contract as assertions: one-line errors, 422 lists, key order, timestamps."""

import re

from support import refusal_codes

TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?")

USER_KEYS = ["user_id", "full_name", "email", "username", "role", "is_active", "created_at"]
PATH_KEYS = ["id", "full_path", "description", "depth", "created_at"]
SESSION_KEYS = ["jti", "created_at", "last_used_at", "address", "user_agent", "current"]
LOG_KEYS = ["log_id", "log_timestamp", "action_type", "user_id", "entity_id", "details"]
ROLE_KEYS = ["role_id", "role_name", "description"]
UPLOAD_KEYS = ["filename", "path", "ctype", "size", "metadata", "doc_id", "sha256"]
ITEM_KEYS = ["doc_id", "filename", "path", "uploaded_by_user_id", "uploaded_at", "status", "error_message"]
LIST_KEYS = [*ITEM_KEYS, "file_size", "content_type", "file_type", "ocr_status", "ocr_error_message",
             "classification_status", "classification_error_message", "vectorization_status",
             "vectorization_error_message"]
STAGE_KEYS = ["stage_name", "status", "start_time", "end_time", "error_message"]
STATUS_KEYS = ["doc_id", "filename", *STAGE_KEYS, "stages"]
TEXT_KEYS = ["doc_id", "status", "page_count", "word_count", "primary_language", "avg_confidence", "text", "pages"]
PAGE_KEYS = ["page", "text", "method", "confidence", "language"]

MASKED = "**********"


def detail(response, status, text, code=None):
    """A one-line error: `{"detail": text, "code": name}` and nothing else. A test that minds says which code."""
    body = response.json()
    assert (response.status_code, {**body, "code": None}) == (status, {"detail": text, "code": None})
    assert refusal_codes.STATUSES[body["code"]] == status
    assert code is None or body["code"] == code
    assert response.headers["content-type"] == "application/json"
    assert ("www-authenticate" in response.headers) == (status == 401)
    if status == 401:
        assert response.headers["www-authenticate"] == "Bearer"


def ok(response, keys=None, status=200):
    """A JSON answer; the object's keys in the contract's order. Returns the body."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    body = response.json()
    if keys is not None:
        assert list(body) == keys
    return body


def uploaded(response, duplicate_of=None):
    """The answer to an upload. A test that minds says of which document its content is a duplicate."""
    body = ok(response, status=201)
    duplicate = ["duplicate_of"] if "duplicate_of" in body else []
    assert list(body) == UPLOAD_KEYS + duplicate
    assert duplicate_of is None or body.get("duplicate_of") == duplicate_of
    return body


def empty(response, status=204):
    assert (response.status_code, response.content) == (status, b"")
    assert response.headers.get("content-length", "0") == "0"


def timestamp(text):
    """UTC without a suffix; six digits of fraction, or none when it is zero."""
    match = TIMESTAMP.fullmatch(text)
    assert match and match[1] != ".000000", text


def invalid(response, *errors):
    """422 with exactly these errors, in this order, their keys in Pydantic's order."""
    assert response.status_code == 422, response.text
    assert response.headers["content-type"] == "application/json"
    body = response.json()
    assert list(body) == ["detail", "code"]
    assert body["code"] == "validation_failed"
    assert body["detail"] == list(errors)
    for found in body["detail"]:
        assert list(found) == ["type", "loc", "msg", "input"] + (["ctx"] if "ctx" in found else [])


# -- the errors of Pydantic 2, as api.md section 1 lists them


def error(kind, loc, message, value, context=None):
    found = {"type": kind, "loc": list(loc), "msg": message, "input": value}
    if context is not None:
        found["ctx"] = context
    return found


def missing(*loc, value=None):
    return error("missing", loc, "Field required", value)


def not_a_string(*loc, value):
    return error("string_type", loc, "Input should be a valid string", value)


def not_an_integer(*loc, value):
    return error("int_type", loc, "Input should be a valid integer", value)


def not_a_boolean(*loc, value):
    return error("bool_type", loc, "Input should be a valid boolean", value)


def too_short(*loc, value, length):
    unit = "character" if length == 1 else "characters"
    return error("string_too_short", loc, f"String should have at least {length} {unit}", value,
                 {"min_length": length})


def too_long(*loc, value, length):
    unit = "character" if length == 1 else "characters"
    return error("string_too_long", loc, f"String should have at most {length} {unit}", value,
                 {"max_length": length})


def unparsable_integer(*loc, value):
    return error("int_parsing", loc, "Input should be a valid integer, unable to parse string as an integer", value)


def unparsable_boolean(*loc, value):
    return error("bool_parsing", loc, "Input should be a valid boolean, unable to interpret input", value)


def less_than(*loc, value, minimum):
    return error("greater_than_equal", loc, f"Input should be greater than or equal to {minimum}", value,
                 {"ge": minimum})


def greater_than(*loc, value, maximum):
    return error("less_than_equal", loc, f"Input should be less than or equal to {maximum}", value, {"le": maximum})


def not_a_status(*loc, value):
    statuses = "'Finished', 'Failed', 'Processing' or 'Queued'"
    return error("literal_error", loc, f"Input should be {statuses}", value, {"expected": statuses})


def extra(*loc, value):
    return error("extra_forbidden", loc, "Extra inputs are not permitted", value)


def own_rule(*loc, text, value):
    return error("value_error", loc, f"Value error, {text}", value, {"error": {}})


def bad_email(value, reason):
    return error("value_error", ["body", "email"], f"value is not a valid email address: {reason}", value,
                 {"reason": reason})


def bad_json(offset, reason):
    return error("json_invalid", ["body", offset], "JSON decode error", {}, {"error": reason})


def not_an_object(value, *loc):
    return error("model_attributes_type", loc or ["body"],
                 "Input should be a valid dictionary or object to extract fields from", value)
