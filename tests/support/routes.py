"""Every route of the contract that this version serves, with its level: api.md sections 3 to 8."""

import re
from dataclasses import dataclass

ANYONE, REFRESH, TOKEN = "anyone", "refresh token", "access or refresh token"
CURRENT, ACTIVE, ADMIN = "current user", "active user", "administrator"


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    level: str

    def __str__(self):
        return f"{self.method} {self.path}"

    def with_id(self, value):
        """The path with its parameter filled in."""
        return re.sub(r"\{[^}]*\}", str(value), self.path)


ROUTES = [
    Route("POST", "/auth/register", ANYONE),
    Route("POST", "/auth/login", ANYONE),
    Route("POST", "/auth/refresh", REFRESH),
    Route("POST", "/auth/logout", TOKEN),
    Route("GET", "/auth/sessions", ACTIVE),
    Route("DELETE", "/auth/sessions/{jti}", ACTIVE),
    Route("POST", "/auth/password", ACTIVE),
    Route("GET", "/users/", ADMIN),
    Route("GET", "/users/pending", ADMIN),
    Route("GET", "/users/me", CURRENT),
    Route("PATCH", "/users/me", ACTIVE),
    Route("PATCH", "/users/{user_id}", ADMIN),
    Route("PATCH", "/users/{user_id}/activate", ADMIN),
    Route("DELETE", "/users/{user_id}", ADMIN),
    Route("POST", "/users/{user_id}/password", ADMIN),
    Route("GET", "/users/me/usage", ACTIVE),
    Route("GET", "/users/{user_id}/quota", ADMIN),
    Route("PUT", "/users/{user_id}/quota", ADMIN),
    Route("POST", "/users/", ADMIN),
    Route("GET", "/users/{user_id}/permissions", ADMIN),
    Route("GET", "/users/{user_id}/handover", ADMIN),
    Route("POST", "/users/{user_id}/handover", ADMIN),
    Route("GET", "/groups/", ADMIN),
    Route("POST", "/groups/", ADMIN),
    Route("PATCH", "/groups/{group_id}", ADMIN),
    Route("DELETE", "/groups/{group_id}", ADMIN),
    Route("GET", "/groups/{group_id}/members", ADMIN),
    Route("PUT", "/groups/{group_id}/members/{user_id}", ADMIN),
    Route("DELETE", "/groups/{group_id}/members/{user_id}", ADMIN),
    Route("GET", "/roles/", ACTIVE),
    Route("GET", "/roles/{role_id}/quota", ADMIN),
    Route("PUT", "/roles/{role_id}/quota", ADMIN),
    Route("GET", "/logs/", ADMIN),
    Route("POST", "/docs/upload", ACTIVE),
    Route("GET", "/docs/", ADMIN),
    Route("GET", "/docs/me", ACTIVE),
    Route("GET", "/docs/events", ACTIVE),
    Route("GET", "/docs/stats", ACTIVE),
    Route("GET", "/docs/search", ACTIVE),
    Route("GET", "/docs/same-content", ACTIVE),
    Route("GET", "/docs/{doc_id}", ACTIVE),
    Route("PATCH", "/docs/{doc_id}", ACTIVE),
    Route("POST", "/docs/{doc_id}/reprocess", ACTIVE),
    Route("GET", "/docs/{doc_id}/status", ACTIVE),
    Route("GET", "/docs/{doc_id}/download", ACTIVE),
    Route("GET", "/docs/{doc_id}/text", ACTIVE),
    Route("PUT", "/docs/{doc_id}/file", ACTIVE),
    Route("GET", "/docs/{doc_id}/versions", ACTIVE),
    Route("GET", "/docs/{doc_id}/versions/{version}/download", ACTIVE),
    Route("POST", "/docs/{doc_id}/versions/{version}/restore", ACTIVE),
    Route("GET", "/docs/trash", ACTIVE),
    Route("POST", "/docs/{doc_id}/restore", ACTIVE),
    Route("DELETE", "/docs/trash/{doc_id}", ACTIVE),
    Route("DELETE", "/docs/trash", ACTIVE),
    Route("DELETE", "/docs/{doc_id}", ACTIVE),
    Route("PATCH", "/docs/{doc_id}/owner", ACTIVE),
    Route("GET", "/docs/{doc_id}/access", ACTIVE),
    Route("PUT", "/docs/{doc_id}/access", ACTIVE),
    Route("GET", "/docs/{doc_id}/access/{user_id}", ACTIVE),
    Route("GET", "/paths/{path_id}/access", ACTIVE),
    Route("PUT", "/paths/{path_id}/access", ACTIVE),
    Route("GET", "/paths/{path_id}/access/{user_id}", ACTIVE),
    Route("GET", "/paths/", ACTIVE),
    Route("POST", "/paths/", ADMIN),
    Route("PATCH", "/paths/{path_id}", ADMIN),
    Route("DELETE", "/paths/{path_id}", ADMIN),
]

PATHS = sorted({route.path for route in ROUTES})


def methods_of(path):
    return {route.method for route in ROUTES if route.path == path}
