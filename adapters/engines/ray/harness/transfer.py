"""Signed addresses of the run's own prefix: what is read from them and written to them. No redirect is followed."""

import hashlib
import http.client
import ssl
import time
import urllib.parse

ATTEMPTS = 5
TIMEOUT = 60


class TransferError(Exception):
    """What the store answered, without the address: its query is what opens it."""


def _connection(url):
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise TransferError("expected an http or https address")
    target = parts.path + ("?" + parts.query if parts.query else "")
    if parts.scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(parts.hostname, parts.port, timeout=TIMEOUT, context=context), target
    return http.client.HTTPConnection(parts.hostname, parts.port, timeout=TIMEOUT), target


def _tried(action):
    """Again, later and later, for what may pass: a lost connection, a 5xx, too many requests."""
    for attempt in range(ATTEMPTS):
        try:
            return action()
        except (OSError, http.client.HTTPException) as error:
            failure = TransferError(f"{type(error).__name__}: {error}")
        except TransferError as error:
            if not getattr(error, "again", False):
                raise
            failure = error
        if attempt + 1 < ATTEMPTS:
            time.sleep(min(30, 2**attempt))
    raise failure


def _check(response):
    if 200 <= response.status < 300:
        return
    error = TransferError(f"the store answered {response.status} {response.read(200)!r}")
    error.again = response.status == 429 or response.status >= 500
    raise error


def put(address, path):
    """Sends a file. @returns its SHA-256 and size in bytes"""

    def once():
        connection, target = _connection(address["url"])
        with open(path, "rb") as file:
            digest, size = hashlib.sha256(), 0
            for chunk in iter(lambda: file.read(1 << 20), b""):
                digest.update(chunk)
                size += len(chunk)
            file.seek(0)
            try:
                headers = {**address["headers"], "Content-Length": str(size)}
                connection.request("PUT", target, body=file, headers=headers)
                _check(connection.getresponse())
            finally:
                connection.close()
        return {"sha256": digest.hexdigest(), "size": size}

    return _tried(once)


def get(address, path, max_bytes):
    """Fetches an object into a file. @returns its SHA-256, or None where there is none"""

    def once():
        connection, target = _connection(address["url"])
        try:
            connection.request("GET", target, headers=address["headers"])
            response = connection.getresponse()
            if response.status == 404:
                return None
            _check(response)
            digest, size = hashlib.sha256(), 0
            with open(path, "wb") as file:
                for chunk in iter(lambda: response.read(1 << 20), b""):
                    size += len(chunk)
                    if size > max_bytes:
                        raise TransferError(f"expected at most {max_bytes} bytes")
                    digest.update(chunk)
                    file.write(chunk)
            if response.length:
                raise http.client.IncompleteRead(b"", response.length)
            return digest.hexdigest()
        finally:
            connection.close()

    return _tried(once)


def post(url, token, body):
    """Live metrics: once, and what comes of it is nobody's concern."""
    try:
        connection, target = _connection(url)
        connection.timeout = 5
        try:
            headers = {"Authorization": "Bearer " + token, "Content-Type": "application/x-ndjson"}
            connection.request("POST", target, body=body, headers=headers)
            connection.getresponse().read(1000)
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, TransferError):
        pass
