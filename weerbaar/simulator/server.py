"""A WSGI application served from a thread on this machine."""

import threading
from types import TracebackType
from typing import Any, Self

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server


class PortTaken(Exception):
    """Something else listens on this port already."""


class _Handler(WSGIRequestHandler):
    # Connections stay open, and a small answer is sent at once.
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002
        """Nothing: addresses stay out of the output."""


class LocalServer:
    """Serves an application on loopback, on a port of the system's choice unless one is given.

    Args:
        app: the WSGI application.
        host: the address.
        port: 0 lets the system choose.

    Raises:
        PortTaken: the port is in use.
    """

    def __init__(self, app: Any, host: str = "127.0.0.1", port: int = 0) -> None:
        try:
            self._server: BaseWSGIServer = make_server(
                host, port, app, threaded=True, request_handler=_Handler
            )
        except (OSError, SystemExit):
            raise PortTaken(f"{host}:{port}") from None
        self._server.daemon_threads = True  # type: ignore[attr-defined]
        self.port = self._server.server_port
        self.url = f"http://{host}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def start(self) -> Self:
        """Begin to serve."""
        self._thread.start()
        return self

    def wait(self) -> None:
        """Wait until it ends."""
        self._thread.join()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
