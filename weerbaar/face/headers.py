"""Headers of every answer: the content policy, and what may be kept where."""

from flask import Flask, Response, request

from weerbaar.face import foreign

# The policy every page is tested under. Frames, objects and workers fall under default-src.
CONTENT_POLICY = (
    "default-src 'none'; "
    "script-src 'self'; "
    "style-src 'self'; "
    "img-src 'self'; "
    "font-src 'self'; "
    "connect-src 'self'; "
    "media-src 'self'; "
    "form-action 'self'; "
    "frame-ancestors 'none'; "
    "base-uri 'none'; "
    "require-trusted-types-for 'script'; "
    "trusted-types default"
)

# same-origin and not no-referrer: the check of form posts over https looks at the referrer.
POLICY_HEADER = "Content-Security-Policy"
ALWAYS = {
    POLICY_HEADER: CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}

HSTS = "max-age=31536000"
FOREVER = "public, max-age=31536000, immutable"
AN_HOUR = "public, max-age=3600"
NEVER = "no-store"

SENT = frozenset({200, 206, 304})


def plug(app: Flask, *, secure: bool) -> None:
    """Send the headers with every answer of an application.

    Args:
        app: the application.
        secure: whether its public address is https (then HSTS is sent).
    """

    @app.after_request
    def dress(response: Response) -> Response:
        own = response.headers.get(POLICY_HEADER)
        for name, value in ALWAYS.items():
            response.headers[name] = value
        if own in foreign.OWN:
            response.headers[POLICY_HEADER] = own
        if secure:
            response.headers["Strict-Transport-Security"] = HSTS
        if request.endpoint == "static" and response.status_code in SENT:
            built = request.path.startswith(f"{app.static_url_path}/built/")
            response.headers["Cache-Control"] = FOREVER if built else AN_HOUR
        else:
            response.headers["Cache-Control"] = NEVER
            response.vary.add("Cookie")
        return response
