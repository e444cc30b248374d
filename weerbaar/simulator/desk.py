"""The simulator's own web application: REST, the desk's control interface, the phones page."""

from urllib.parse import urlsplit

from flask import Flask, Response, abort, request

from weerbaar.simulator import control, phones, rest
from weerbaar.simulator.deskfile import DeskFile
from weerbaar.simulator.network import Network

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def api(network: Network, desk: DeskFile | None = None) -> Flask:
    """The WSGI application of a network.

    Args:
        network: the network.
        desk: who sits at which telephone, for the phones page.
    """
    app = Flask(__name__, static_folder=None, template_folder="pages")
    app.register_blueprint(rest.blueprint(network))
    app.register_blueprint(rest.voice_blueprint(network))
    app.register_blueprint(control.blueprint(network, desk or DeskFile()))
    app.register_blueprint(phones.blueprint(network, desk or DeskFile()))

    @app.before_request
    def only_here() -> None:
        # Another site in the same browser must not ring these telephones.
        host = urlsplit(f"//{request.host}").hostname
        if host not in LOOPBACK:
            abort(403)
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc != request.host:
            abort(403)

    @app.after_request
    def headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return app
