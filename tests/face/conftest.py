"""A real browser on the catalogue; whatever the policy blocks or a script says fails the test."""

import shutil
import subprocess
import threading

import pytest
from werkzeug.serving import make_server

from tests.face.site import ROOT, make_site


@pytest.fixture(scope="session")
def built():
    """The front-end files, built from the sources as they are now."""
    front = ROOT.parent / "front"
    node = ROOT.parent / ".venv/bin/node"
    if (front / "node_modules").is_dir():
        program = str(node) if node.exists() else shutil.which("node")
        subprocess.run([program, "build.mjs"], cwd=front, check=True, capture_output=True)
    manifest = ROOT / "static/built/manifest.json"
    assert manifest.exists(), "run `make install` first: the front end is not built"
    return manifest


@pytest.fixture
def site(built):
    return make_site()


@pytest.fixture
def client(site):
    return site.test_client()


@pytest.fixture
def served(site):
    """The site on a port of its own."""
    server = make_server("127.0.0.1", 0, site, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    return {
        **browser_type_launch_args,
        "executable_path": program,
        "args": [
            "--no-sandbox",
            "--disable-quic",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
        ],
    }


class Watch:
    """What went wrong in a page without anybody asking."""

    def __init__(self, base):
        self.base = base
        self.complaints = []

    def follow(self, page):
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        page.on("request", self._asked)

    def _said(self, message):
        # The browser reports every 4xx and 5xx page itself; those are asked for on purpose.
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def _asked(self, request):
        if not request.url.startswith(self.base):
            self.complaints.append(f"foreign address: {request.url}")


@pytest.fixture
def watch(served):
    watch = Watch(served)
    yield watch
    assert watch.complaints == []


@pytest.fixture
def open_page(browser, served, watch):
    """Opens an address of the site in a context of its own."""
    contexts = []

    def opened(path="/", *, width=1200, height=900, **options):
        context = browser.new_context(
            viewport={"width": width, "height": height}, locale="nl-NL", base_url=served, **options
        )
        contexts.append(context)
        page = context.new_page()
        watch.follow(page)
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()
