"""Section 6: virtual paths."""

from contract_checks.promise import Broken, expect, expect_detail, expect_empty, expect_json, expect_true, promise

PATH_KEYS = ["id", "full_path", "description", "depth", "created_at"]


@promise("6", "POST /paths/: 201, kept without slashes at its ends; depth is the number of segments; 409 when it is there")
def _(world):
    name = f"contract-{world.run}-paths"
    body = expect_json(world.path(f"/{name}/", description="Contracts"), PATH_KEYS, 201)
    expect((body["full_path"], body["description"], body["depth"]), (name, "Contracts", 1))
    expect(expect_json(world.path(f"{name}/سنة"), PATH_KEYS, 201)["depth"], 2)
    expect_detail(world.path(name), 409, f"Path '{name}' already exists.")


@promise("6", "segments that are empty, . or .., with a backslash or a control character, or too long are 422")
def _(world):
    for full_path in ("a//b", "a/../b", "./a", "..", "a\\b", "a\u0001b", "x" * 256, "/".join(["x" * 200] * 3)):
        answer = world.path(full_path)
        if answer.status != 422:
            raise Broken(f"expected 422 to {full_path!r}, came {answer.status} {answer.text!r}")


@promise("6", "GET /paths/: an array by full_path with the root; minDepth, maxDepth and prefix")
def _(world):
    name = f"contract-{world.run}-paths"
    paths = expect_json(world.user.get("/paths/?maxDepth=30"))
    expect(list(paths[0]), PATH_KEYS)
    expect_true(("/", 0) in {(path["full_path"], path["depth"]) for path in paths}, "the root", paths)
    found = [path["full_path"] for path in expect_json(world.user.get(f"/paths/?prefix={name}"))]
    expect(found, [name, f"{name}/سنة"])
    deep = expect_json(world.user.get(f"/paths/?prefix={name}&minDepth=2"))
    expect([path["depth"] for path in deep], [2])
    for query in ("minDepth=11", "maxDepth=31", "maxDepth=0", "minDepth=-1"):
        expect(world.user.get(f"/paths/?{query}").status, 422, query)


@promise("6", "PATCH /paths/{id}: 200, the paths below are renamed too; 404; 409")
def _(world):
    top = world.path(f"contract-{world.run}-old").json()
    world.path(f"contract-{world.run}-old/below")
    body = expect_json(world.admin.patch(f"/paths/{top['id']}", {"full_path": f"contract-{world.run}-new"}), PATH_KEYS)
    expect(body["full_path"], f"contract-{world.run}-new")
    found = world.user.get(f"/paths/?prefix=contract-{world.run}-new").json()
    expect([path["full_path"] for path in found],
           [f"contract-{world.run}-new", f"contract-{world.run}-new/below"])
    expect_detail(world.admin.patch("/paths/999999999", {"description": "x"}), 404,
                  "Path with id of '999999999' doesn't exists.")
    taken = f"contract-{world.run}-paths"
    expect_detail(world.admin.patch(f"/paths/{top['id']}", {"full_path": taken}), 409, f"Path '{taken}' already exists.")


@promise("6", "a document stays reachable when its path is renamed")
def _(world):
    path = world.path(f"contract-{world.run}-before").json()
    answer = world.upload(world.user, world.name("moving"), "it stays\n", full_path=path["full_path"])
    doc_id = answer.json()["doc_id"]
    expect_json(world.admin.patch(f"/paths/{path['id']}", {"full_path": f"contract-{world.run}-after"}), PATH_KEYS)
    expect(world.user.get(f"/docs/{doc_id}/download").body, b"it stays\n")
    expect_detail(world.admin.delete(f"/paths/{path['id']}"), 400, "Cannot delete path: documents reference it.")


@promise("6", "DELETE /paths/{id}: an empty 204; 404; 400 while there are sub-paths")
def _(world):
    top = world.path(f"contract-{world.run}-gone").json()
    below = world.path(f"contract-{world.run}-gone/below").json()
    expect_detail(world.admin.delete(f"/paths/{top['id']}"), 400, "Cannot delete path: it has sub-paths.")
    expect_empty(world.admin.delete(f"/paths/{below['id']}"))
    expect_empty(world.admin.delete(f"/paths/{top['id']}"))
    expect_detail(world.admin.delete(f"/paths/{top['id']}"), 404, f"Path with {top['id']} doesn't exist")


@promise("6", "the root can be neither changed nor deleted: 400")
def _(world):
    (root,) = [path for path in world.user.get("/paths/?maxDepth=1").json() if path["full_path"] == "/"]
    expect(world.admin.patch(f"/paths/{root['id']}", {"full_path": "elsewhere"}).status, 400)
    expect(world.admin.delete(f"/paths/{root['id']}").status, 400)
