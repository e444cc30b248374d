"""A load of signed requests over a fixed number of kept-alive connections, from a process of its own.

`python -m bench.load` reads one JSON object from standard input and writes one to standard output:
the load must not share an interpreter with what it measures.
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from twilio.request_validator import RequestValidator


@dataclass
class Plan:
    url: str
    token: str
    count: int
    connections: int
    first: int  # number of the first CallSid
    hotline: str


def bodies(plan: Plan) -> list[bytes]:
    """Every request whole, signed beforehand, each with a CallSid of its own."""
    validator = RequestValidator(plan.token)
    parts = urlsplit(plan.url)
    requests = []
    for number in range(plan.first, plan.first + plan.count):
        params = {
            "CallSid": f"CA{number:032x}", "AccountSid": "AC" + "0" * 32, "ApiVersion": "2010-04-01",
            "From": f"+3161{number % 10**7:07d}", "To": plan.hotline, "Caller": f"+3161{number % 10**7:07d}",
            "Called": plan.hotline, "CallStatus": "ringing", "Direction": "inbound",
            "FromCity": "", "FromState": "", "FromZip": "", "FromCountry": "NL",
            "ToCity": "", "ToState": "", "ToZip": "", "ToCountry": "NL",
        }  # fmt: skip
        body = urlencode(params).encode()
        head = (
            f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
            f"X-Twilio-Signature: {validator.compute_signature(plan.url, params)}\r\n\r\n"
        )
        requests.append(head.encode() + body)
    return requests


async def connection(
    host: str, port: int, queue: list[bytes], seconds: list[float], wrong: list[int]
) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    while queue:
        request = queue.pop()
        began = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        lowered = head.lower()
        length = int(lowered.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        await reader.readexactly(length)
        seconds.append(time.perf_counter() - began)
        if b" 200 " not in head.split(b"\r\n", 1)[0]:
            wrong.append(int(head.split(b" ", 2)[1]))
    writer.close()


async def load(plan: Plan) -> dict[str, object]:
    requests = bodies(plan)
    parts = urlsplit(plan.url)
    seconds: list[float] = []
    wrong: list[int] = []
    began = time.perf_counter()
    await asyncio.gather(
        *(
            connection(parts.hostname or "", parts.port or 80, requests, seconds, wrong)
            for _ in range(plan.connections)
        )
    )
    elapsed = time.perf_counter() - began
    seconds.sort()
    return {
        "count": len(seconds),
        "wrong": wrong[:5],
        "elapsed": elapsed,
        "each": elapsed / len(seconds),
        "p50": seconds[len(seconds) // 2],
        "p99": seconds[min(len(seconds) - 1, int(len(seconds) * 0.99))],
    }


if __name__ == "__main__":
    json.dump(asyncio.run(load(Plan(**json.load(sys.stdin)))), sys.stdout)
