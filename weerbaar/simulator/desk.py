"""The simulator's own web application: REST, the desk's control interface, the phones page."""

from flask import Flask

from weerbaar.simulator import rest
from weerbaar.simulator.network import Network


def api(network: Network) -> Flask:
    """The WSGI application of a network."""
    app = Flask(__name__, static_folder=None, template_folder="pages")
    app.register_blueprint(rest.blueprint(network))
    return app
