"""HTTP clients that speak the contract: one for nobody in particular, one for each person."""

import itertools

import httpx

from support import conformance

BASE = "/api/v1"
PASSWORD = "correct horse 1!"

_numbers = itertools.count(1)


def unique(stem="name"):
    """A name that no other test uses."""
    return f"{stem}{next(_numbers)}"


class Client(httpx.Client):
    """httpx without its own ideas: no redirects followed, nothing decoded behind our back, paths from `/api/v1`.

    A path that starts with `//` is taken from the root of the server: `//metrics`. Every answer must be as the server's
    OpenAPI document says.
    """

    def __init__(self, address, token=None):
        headers = {"accept-encoding": "identity"}
        if token:
            headers["authorization"] = f"Bearer {token}"
        super().__init__(headers=headers, timeout=60, follow_redirects=False, trust_env=False)
        self.address = address

    def __enter__(self):
        """httpx would refuse a client that has already been used."""
        return self

    def __exit__(self, *unused):
        self.close()

    def build_request(self, method, url, **options):
        url = self.address + (url[1:] if url.startswith("//") else BASE + url)
        return super().build_request(method, url, **options)

    def send(self, request, *, stream=False, **options):
        response = super().send(request, stream=stream, **options)
        asked = response.request  # another one than was sent, when a redirect was followed
        path = asked.url.raw_path.decode().partition("?")[0]
        conformance.check(asked.method, path, response, is_streamed=stream)
        return response

    # -- auth

    def register(self, email, full_name="Test Person", password=PASSWORD, **fields):
        return self.post("/auth/register",
                         json={"full_name": full_name, "email": email, "password": password, **fields})

    def login(self, email, password=PASSWORD, **fields):
        return self.post("/auth/login", data={"username": email, "password": password, **fields})

    # -- documents

    def upload(self, filename, content, full_path=None, description=None, content_type="application/octet-stream"):
        fields = {"full_path": full_path, "description": description}
        return self.post("/docs/upload", files={"file": (filename, content, content_type)},
                         data={name: value for name, value in fields.items() if value is not None})


class Person(Client):
    """A registered user, logged in when active."""

    def __init__(self, address, email, password=PASSWORD):
        super().__init__(address)
        self.email = email
        self.password = password
        self.access_token = self.refresh_token = None
        self.user_id = None

    def log_in(self):
        response = self.login(self.email, self.password)
        assert response.status_code == 200, response.text
        tokens = response.json()
        self.refresh_token = tokens["refresh_token"]
        self.use(tokens["access_token"])
        self.user_id = self.get("/users/me").json()["user_id"]
        return self

    def use(self, access_token):
        self.access_token = access_token
        self.headers["authorization"] = f"Bearer {access_token}"

    def profile(self):
        return self.get("/users/me").json()


def create_person(admin, email=None, active=True, **fields):
    """Registers a user and has `admin`, whose kind of client it gets, activate him; an inactive one is returned without
    tokens."""
    email = email or f"{unique('person')}@example.com"
    password = fields.get("password", PASSWORD)
    person = type(admin)(admin.address, email, password)
    response = person.register(email, **fields)
    assert response.status_code == 201, response.text
    person.user_id = response.json()["user_id"]
    if active:
        response = admin.patch(f"/users/{person.user_id}/activate")
        assert response.status_code == 200, response.text
        person.log_in()
    return person
