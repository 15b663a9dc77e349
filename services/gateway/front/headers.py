"""The headers that every answer carries.

Scripts, styles and pictures come from this host only and never from within a page; nobody may frame us; links in mails
are secrets, so their pages tell no other site where the reader came from.
"""

from __future__ import annotations

import flask

from services.gateway.front import cookies, language

POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; "
    "img-src 'self' data:; font-src 'self'; "  # data: Bootstrap's arrows
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
FILE_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
"""Of what is given out to be saved: whatever a browser makes of it, it runs nothing and reaches nothing."""
FIXED = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
HSTS = "max-age=31536000"
RETRY_S = 10  # when to come back, where nobody knows better
SECRET_PATHS = ("/p/",)  # their addresses are secrets


def leave(response: flask.Response) -> flask.Response:
    """Put them on; what a view set itself stays, except for what keeps pages safe."""
    for name, value in FIXED.items():
        response.headers[name] = value
    if response.headers.get("Content-Disposition", "").startswith("attachment"):
        response.headers["Content-Security-Policy"] = FILE_POLICY
    path = flask.request.path
    response.headers["Referrer-Policy"] = "no-referrer" if path.startswith(SECRET_PATHS) else "same-origin"
    if path != "/":
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
    if cookies.secure():
        response.headers["Strict-Transport-Security"] = HSTS
    if response.status_code in (429, 503):
        response.headers.setdefault("Retry-After", str(RETRY_S))
    response.headers.setdefault("Cache-Control", "no-store")
    if response.mimetype == "text/html":
        response.headers["Content-Language"] = language.current()
    return response
