"""An object of 5 GB, put and read back: the highest resident size of linchpin's own process over each."""
import contextlib
import http.client
import os

import figures
import stack

SIZE = int(os.environ.get("BENCH_OBJECT_BYTES", 5_000_000_000))
REACH_MB = 200
BLOCK = bytes(range(256)) * 4096


def blocks():
    left = SIZE
    while left > 0:
        yield BLOCK[:left]
        left -= len(BLOCK)


def call(facts, method, path, body=None):
    host, port, headers = stack.signed(facts, method, path)
    connection = http.client.HTTPConnection(host, port, blocksize=1 << 20)
    with contextlib.closing(connection):
        connection.request(method, path, body, headers | ({"content-length": str(SIZE)} if body else {}))
        answer = connection.getresponse()
        if answer.status != 200:
            raise SystemExit(f"{method} {path}: {answer.status} {answer.read().decode()}")
        return sum(len(block) for block in iter(lambda: answer.read(1 << 20), b""))


def main():
    with stack.running() as running:
        path, process = f"/{running.facts['LINCHPIN_BUCKET']}/large", running.process.pid
        call(running.facts, "PUT", path, blocks())
        put = stack.resident_mb(process, "VmHWM")
        read = call(running.facts, "GET", path)
        get = stack.resident_mb(process, "VmHWM")
    whole = read == SIZE
    figures.emit({
        "benchmark": "large_object", "bytes": SIZE, "read back": read, "peak MB": {"put": put, "get": get},
        "reach MB": REACH_MB, "reached": whole and max(put, get) < REACH_MB,
    })


main()
