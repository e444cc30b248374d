"""What a route says about who may use it; a route that says nothing stops the application."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import Flask

from weerbaar.accounts.permissions import Permission

View = Callable[..., Any]

_MARK = "weerbaar_declaration"


@dataclass(frozen=True, slots=True)
class Declaration:
    """Who may use a route: people with a permission, everybody, or who signs the request.

    `passive` requests are polls of a page itself and are no activity; `keys` pages open sealed
    content and ask for the password while the session is locked. `fresh` pages ask to show once
    more that it is you, where that is some time ago. `uploads` pages receive files, in forms of at
    most so many bytes.
    """

    permission: Permission | None = None
    passive: bool = False
    keys: bool = False
    signed: bool = False
    fresh: bool = False
    uploads: int | None = None


class RouteWithoutPermission(Exception):
    """Routes were added that do not say who may use them; all are named."""

    def __init__(self, routes: list[str]) -> None:
        self.routes = routes
        super().__init__(", ".join(routes))


def permits(
    permission: Permission,
    *,
    passive: bool = False,
    keys: bool = False,
    fresh: bool = False,
    uploads: int | None = None,
) -> Callable[[View], View]:
    """Declare that a page is for people with a permission.

    Args:
        permission: what one of their roles must carry.
        passive: the page asks for this by itself; it does not keep a session awake.
        keys: the page needs an unlocked session.
        fresh: the page needs somebody who lately showed that it is he; with `keys`.
        uploads: the page receives files, in forms of at most so many bytes.
    """
    declaration = Declaration(
        permission=permission, passive=passive, keys=keys, fresh=fresh, uploads=uploads
    )
    return _declare(declaration)


def public(view: View) -> View:
    """Declare that a page is for everybody; forms sent to it still carry a token."""
    return _declare(Declaration())(view)


def signed(view: View) -> View:
    """Declare that a webhook checks a signature itself; it has no session and no token."""
    return _declare(Declaration(signed=True))(view)


def declared(view: View | None) -> Declaration | None:
    """What a view says about itself; None when it says nothing."""
    return getattr(view, _MARK, None)


def check_routes(app: Flask) -> None:
    """Refuse an application with a route that does not say who may use it.

    Args:
        app: with every blueprint registered.

    Raises:
        RouteWithoutPermission: names each of them.
    """
    silent = [
        f"{rule.rule} ({rule.endpoint})"
        for rule in app.url_map.iter_rules()
        if not is_static(rule.endpoint) and declared(app.view_functions[rule.endpoint]) is None
    ]
    if silent:
        raise RouteWithoutPermission(sorted(silent))


def is_static(endpoint: str) -> bool:
    """Whether an endpoint gives out the files of the front end."""
    return endpoint == "static" or endpoint.endswith(".static")


def _declare(declaration: Declaration) -> Callable[[View], View]:
    def mark(view: View) -> View:
        @wraps(view)
        def declared_view(*args: Any, **kwargs: Any) -> Any:
            return view(*args, **kwargs)

        setattr(declared_view, _MARK, declaration)
        return declared_view

    return mark
