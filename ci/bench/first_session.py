"""Time from the end of CREATE DATABASE to the first answer of the first session in it, beside that of the second one."""
import hashlib
import os
import socket
import struct
import time

import figures
import stack

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5")) * 2
REACH_MS = 100


class Session:
    """As little of the PostgreSQL protocol as a query takes: a client's own start-up time would hide the cluster's."""

    def __init__(self, facts, database):
        self.stream = socket.create_connection((facts["PGHOST"], int(facts["PGPORT"])))
        self.stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reader = self.stream.makefile("rb")
        user, password = facts["PGUSER"].encode(), facts["PGPASSWORD"].encode()
        body = struct.pack("!I", 196608) + b"user\0" + user + b"\0database\0" + database.encode() + b"\0\0"
        self.stream.sendall(struct.pack("!I", len(body) + 4) + body)
        _, request = self.until(b"R")
        hashed = hashlib.md5(password + user).hexdigest().encode() + request[4:8]
        self.send(b"p", b"md5" + hashlib.md5(hashed).hexdigest().encode() + b"\0")
        self.until(b"Z")

    def send(self, tag, body):
        self.stream.sendall(tag + struct.pack("!I", len(body) + 4) + body)

    def until(self, wanted):
        while True:
            tag, size = struct.unpack("!cI", self.reader.read(5))
            body = self.reader.read(size - 4)
            if tag == b"E":
                raise SystemExit(body.replace(b"\0", b" ").decode())
            if tag == wanted:
                return tag, body

    def query(self, sql):
        self.send(b"Q", sql.encode() + b"\0")
        self.until(b"Z")

    def close(self):
        self.send(b"X", b"")
        self.reader.close()
        self.stream.close()


def first_answer_ms(facts, database):
    start = time.perf_counter()
    session = Session(facts, database)
    session.query("select 1")
    taken = time.perf_counter() - start
    session.close()
    return taken * 1000


def main():
    first, second = [], []
    with stack.running() as running:
        admin = Session(running.facts, running.database)
        for number in range(ROUNDS):
            admin.query(f"create database bench_{number}")
            first.append(first_answer_ms(running.facts, f"bench_{number}"))
            second.append(first_answer_ms(running.facts, f"bench_{number}"))
        admin.close()
    figure = figures.summary(first, 1)
    figures.tell(f"first session: {figure['median']} ms")
    figures.emit({
        "benchmark": "first session", "first ms": figure, "second ms": figures.summary(second, 1),
        "reach ms": REACH_MS, "reached": figure["max"] < REACH_MS,
    })


main()
