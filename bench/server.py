"""The application with one bare route beside its own: the yardstick of the voice webhook.

The bare route checks the provider's signature and commits one row; same server, same processes,
same database, same guard.
"""

import sys
import uuid

from flask import Flask, Response, request
from sqlalchemy import Column, MetaData, String, Table, Uuid, insert

from weerbaar.accounts import doors
from weerbaar.hotline.telephony.signature import HEADER, Signatures, raw_target
from weerbaar.web.command import parse_bind
from weerbaar.web.serve import make_application, serve

ROWS = Table(
    "bench_row", MetaData(), Column("id", Uuid, primary_key=True), Column("call_sid", String(34))
)


def application() -> Flask:
    """What a server process of the bench makes."""
    app = make_application()
    house = app.extensions["weerbaar"]
    signatures = Signatures(house.settings)

    def bare() -> Response:
        target = raw_target(request.environ)
        if not signatures.hold(target, request.form, request.headers.get(HEADER)):
            return Response(status=403)
        with house.database.session() as session:
            session.execute(insert(ROWS).values(id=uuid.uuid4(), call_sid=request.form["CallSid"]))
            session.commit()
        return Response("<Response/>", content_type="text/xml")

    app.add_url_rule("/bare", "bare", doors.signed(bare), methods=["POST"])
    return app


if __name__ == "__main__":
    host, port = parse_bind(sys.argv[1])
    serve(host, port, processes=2, application="bench.server:application")
