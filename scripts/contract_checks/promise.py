"""A promise is a function that compares what came with what was promised; running it prints one line."""

import traceback

_promises = []


class Broken(Exception):
    """A promise that is not kept."""


class Skipped(Exception):
    """A promise that cannot be checked on this server, with the reason."""


def promise(section, text):
    """Registers the decorated function, which takes the World, as the check of that promise."""
    def register(function):
        _promises.append((section, text, function))
        return function
    return register


def expect(came, expected, what="answer"):
    if came != expected:
        raise Broken(f"{what}: expected {expected!r}, came {came!r}")


def expect_true(holds, expected, came):
    if not holds:
        raise Broken(f"expected {expected}, came {came!r}")


def expect_status(answer, status):
    """The status, and the JSON body when there is one."""
    if answer.status != status:
        raise Broken(f"expected {status}, came {answer.status} {answer.text[:300]!r}")
    return answer


def expect_detail(answer, status, detail):
    """A refusal: the status and exactly `{"detail": detail, "code": name}`."""
    body = answer.json_or_text()
    code = body.get("code") if isinstance(body, dict) else None
    expect((answer.status, body), (status, {"detail": detail, "code": code}))
    expect_true(isinstance(code, str) and code, "a code", code)
    expect(answer.header("content-type"), "application/json", "content-type")
    if status == 401:
        expect(answer.header("www-authenticate"), "Bearer", "www-authenticate")
    return answer


def expect_json(answer, keys=None, status=200):
    """A JSON answer with these keys in this order; returns the body."""
    expect_status(answer, status)
    expect(answer.header("content-type"), "application/json", "content-type")
    body = answer.json_or_text()
    if keys is not None:
        expect(list(body), keys, "keys")
    return body


def expect_empty(answer, status=204):
    expect((answer.status, answer.body), (status, b""))


def expect_invalid(answer, *errors):
    """422 with these errors as (type, loc, msg, ctx), in this order."""
    body = expect_json(answer, ["detail", "code"], status=422)
    came = [(error["type"], error["loc"], error["msg"], error.get("ctx")) for error in body["detail"]]
    expect(came, [(kind, list(loc), message, context) for kind, loc, message, context in errors], "errors")
    return body["detail"]


def run_all(world, only=None):
    """Prints a line for each promise (of one section); the exit code."""
    counts = {"ok": 0, "FAILED": 0, "skipped": 0}
    for section, text, function in sorted(_promises, key=lambda entry: entry[0]):  # and as written within a section
        if only and section != only:
            continue
        outcome, why = _run(function, world)
        counts[outcome] += 1
        print(f"{outcome:<8}{section:<3}{text}" + (f": {why}" if why else ""), flush=True)
    print(", ".join(f"{count} {outcome}" for outcome, count in counts.items()))
    return 1 if counts["FAILED"] else 0


def _run(function, world):
    try:
        function(world)
    except Broken as broken:
        return "FAILED", str(broken)
    except Skipped as skipped:
        return "skipped", str(skipped)
    except Exception as error:  # an answer so unlike the promise that the check could not read it
        where = traceback.extract_tb(error.__traceback__)[-1]
        return "FAILED", f"{type(error).__name__}: {error} (in {where.name}, line {where.lineno})"
    return "ok", ""
