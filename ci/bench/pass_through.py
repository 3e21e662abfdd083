"""pgbench -S through linchpin against PgBouncer (session pooling), both before the same PostgreSQL, on one CPU."""
import contextlib
import os
import re
import socket
import subprocess
import tempfile
import time

import figures
import stack

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
SECONDS = os.environ.get("BENCH_SECONDS", "1")
REACH = 0.8
CPU = max(os.sched_getaffinity(0))


@contextlib.contextmanager
def pgbouncer(running):
    """A PgBouncer before the private PostgreSQL's socket, as the user whom that socket belongs to."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder, socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
        probe.close()
        owner = os.stat(running.socket)
        make_certificate(folder)
        settings = {
            "listen_addr": "127.0.0.1", "listen_port": port, "unix_socket_dir": "", "pool_mode": "session",
            "auth_type": "trust", "auth_file": f"{folder}/users", "client_tls_sslmode": "allow",
            "client_tls_key_file": f"{folder}/key", "client_tls_cert_file": f"{folder}/certificate",
            "log_connections": 0, "log_disconnections": 0, "log_stats": 0,
        }
        lines = ["[databases]", f"* = host={running.socket} port=5432", "[pgbouncer]"]
        lines += [f"{name} = {value}" for name, value in settings.items()]
        write(f"{folder}/users", f'"{running.user}" ""\n')
        write(f"{folder}/ini", "\n".join(lines))
        for path in [folder, *(os.path.join(folder, name) for name in os.listdir(folder))]:
            os.chown(path, owner.st_uid, owner.st_gid)
        program = os.environ.get("PGBOUNCER", "pgbouncer")
        # PgBouncer refuses to run as root, as PostgreSQL does.
        account = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if os.geteuid() == 0 else {}
        process = subprocess.Popen([program, "-q", f"{folder}/ini"], **account)
        try:
            wait_until_open(process, port)
            yield process, running.direct() | {"PGHOST": "127.0.0.1", "PGPORT": str(port)}
        finally:
            process.terminate()
            process.wait()


def make_certificate(folder):
    """Of the same kind as linchpin's, P-256."""
    arguments = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    arguments += ["-subj", "/CN=localhost", "-keyout", f"{folder}/key", "-out", f"{folder}/certificate"]
    subprocess.run(arguments, check=True, stderr=subprocess.DEVNULL)


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def wait_until_open(process, port):
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            if process.poll() is not None:
                raise SystemExit("PgBouncer did not start")
            time.sleep(0.01)


def children():
    """Parent -> its processes."""
    table = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError), open(f"/proc/{name}/stat") as file:
            table.setdefault(int(file.read().rsplit(")", 1)[1].split()[1]), []).append(int(name))
    return table


def pin(*processes):
    """Keeps these, all that they started, and this script with the pgbench that it starts on one CPU.

    Unpinned runs are bimodal: client and server on one CPU, or on two with an idle wake-up each way.
    """
    below, waiting = children(), list(processes)
    while waiting:
        process = waiting.pop()
        waiting += below.get(process, [])
        for task in os.listdir(f"/proc/{process}/task"):
            os.sched_setaffinity(int(task), {CPU})
    os.sched_setaffinity(0, {CPU})


def pgbench(settings, mode, clients):
    """Transactions per second."""
    arguments = [str(stack.PG_BIN / "pgbench"), "-n", "-S", "-M", mode, "-T", SECONDS]
    arguments += ["-c", str(clients), "-j", str(min(2, clients))]
    output = stack.command(arguments, settings, stdout=subprocess.PIPE)
    return float(re.search(r"tps = ([\d.]+)", output)[1])


def cell(running, bouncer, mode, clients, sslmode):
    front, bouncer, direct = running.front(sslmode), bouncer | {"PGSSLMODE": sslmode}, running.direct()
    runs = [lambda settings=settings: pgbench(settings, mode, clients) for settings in (bouncer, front, direct)]
    references, targets, ratios = figures.interleaved(ROUNDS, runs[0], runs[1])
    _, _, share = figures.interleaved(max(1, ROUNDS // 2), runs[2], runs[0])
    return {
        "ratio": figures.judged(ratios, REACH),
        "linchpin tps": figures.summary(targets, 0),
        "pgbouncer tps": figures.summary(references, 0),
        "pgbouncer to direct": figures.summary(share),
    }


def main():
    cells = {}
    with stack.running() as running, pgbouncer(running) as (process, bouncer):
        initialize = [str(stack.PG_BIN / "pgbench"), "-i", "-q", "-s", "10"]
        stack.command(initialize, running.direct(), stdout=subprocess.DEVNULL)
        pin(running.process.pid, process.pid)
        for sslmode in ("disable", "require"):
            for mode in ("simple", "prepared"):
                for clients in (1, 4):
                    name = f"{mode}, {clients} client{'s' * (clients > 1)}, TLS {'off' if sslmode == 'disable' else 'on'}"
                    cells[name] = cell(running, bouncer, mode, clients, sslmode)
                    figures.tell(f"{name}: {cells[name]['ratio']['median']}")
    figures.emit({"benchmark": "pass-through", "reference": "PgBouncer, session pooling", "cells": cells})


main()
