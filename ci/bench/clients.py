"""A thousand clients of S3 at a time, each on a connection that it keeps: errors that nobody asked for, and memory."""
import asyncio
import os
import resource
import time

import figures
import stack

CLIENTS = int(os.environ.get("BENCH_CLIENTS", 1000))
SECONDS = float(os.environ.get("BENCH_CLIENT_SECONDS", 30))
# The record keeps every call for the report; nothing else may grow with the calls.
REACH_BYTES = 4096


async def call(reader, writer, method, path, headers, body=b""):
    """One call on a connection that stays; its status and body."""
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), f"content-length: {len(body)}"]
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
    await writer.drain()
    status = int((await reader.readline()).split()[1])
    length = 0
    while (line := await reader.readline()) not in (b"\r\n", b""):
        name, value = line.decode().split(":", 1)
        length = int(value) if name.lower() == "content-length" else length
    return status, await reader.readexactly(length)


async def client(number, facts, until, tally):
    """Puts an object, reads it back, asks for one that is not there, until the time is over."""
    path, missing = f"/{facts['LINCHPIN_BUCKET']}/clients/{number}", f"/{facts['LINCHPIN_BUCKET']}/clients/none-{number}"
    host, port, put = stack.signed(facts, "PUT", path)
    get, none = stack.signed(facts, "GET", path)[2], stack.signed(facts, "GET", missing)[2]
    reader, writer = await asyncio.open_connection(host, port)
    body = f"body of {number}".encode()
    steps = [("PUT", path, put, body, 200, b""), ("GET", path, get, b"", 200, body), ("GET", missing, none, b"", 404, None)]
    while time.monotonic() < until:
        for method, path, headers, sent, status, expected in steps:
            seen, answer = await call(reader, writer, method, path, headers, sent)
            tally["requests"] += 1
            if seen != status or (expected is not None and answer != expected):
                tally["errors"].append(f"{method} {path}: {seen} {answer[:200].decode(errors='replace')}")
    writer.close()


async def crowd(facts):
    tally = {"requests": 0, "errors": []}
    until = time.monotonic() + SECONDS
    clients = [client(number, facts, until, tally) for number in range(CLIENTS)]
    ended = await asyncio.gather(*clients, return_exceptions=True)
    tally["errors"] += [repr(each) for each in ended if each is not None]
    return tally


def main():
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    with stack.running() as running:
        start = stack.resident_mb(running.process.pid)
        tally = asyncio.run(crowd(running.facts))
        end = stack.resident_mb(running.process.pid)
    for error in tally["errors"][:5]:
        figures.tell(error)
    growth = (end - start) * 1e6 / max(tally["requests"], 1)
    figures.emit({
        "benchmark": "clients", "clients": CLIENTS, "seconds": SECONDS, "requests": tally["requests"],
        "errors": len(tally["errors"]), "memory MB": {"start": start, "end": end}, "growth per request B": round(growth),
        "reach B": REACH_BYTES, "reached": not tally["errors"] and growth < REACH_BYTES,
    })


main()
