"""Makes and reads JSON Web Tokens by hand (RFC 7519), so that every way of forging one can be tried."""

import base64
import hashlib
import hmac
import json

from support.server import SIGNING_KEY

HEADER = {"alg": "HS256", "typ": "JWT"}


def encode_part(data):
    if not isinstance(data, bytes):
        data = json.dumps(data, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode_part(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def header_of(token):
    return json.loads(decode_part(token.split(".")[0]))


def claims_of(token):
    return json.loads(decode_part(token.split(".")[1]))


def sign(claims, header=None, key=SIGNING_KEY, hash_name="sha256"):
    """A token with any header, claims (or raw bytes for them), key and hash."""
    signed = f"{encode_part(header or HEADER)}.{encode_part(claims)}"
    signature = hmac.new(key.encode(), signed.encode(), getattr(hashlib, hash_name)).digest()
    return f"{signed}.{encode_part(signature)}"


def altered(token, header=None, key=SIGNING_KEY, without=(), **claims):
    """The same token with other claims, signed again."""
    merged = {**claims_of(token), **claims}
    for name in without:
        del merged[name]
    return sign(merged, header, key)
