"""What the benchmarks share: `linchpin up`, its facts, its private PostgreSQL, and its object store."""
import contextlib
import datetime
import hashlib
import hmac
import http.client
import os
import pathlib
import signal
import subprocess
import tempfile
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("LINCHPIN", str(ROOT / "target/release/linchpin"))
SCRATCH = pathlib.Path(os.environ.get("BENCH_SCRATCH", ROOT / "target/bench"))
PG_BIN = pathlib.Path(os.environ.get("LINCHPIN_PG_BIN") or max(pathlib.Path("/usr/lib/postgresql").glob("*/bin")))


class Stack:
    """A running `linchpin up`: `facts` are its variables."""

    def __init__(self, process, facts):
        self.process, self.facts = process, facts
        self.socket = facts["LINCHPIN_PG_SOCKET"]
        self.database, self.user = facts["LINCHPIN_DATABASE"], facts["LINCHPIN_USER"]

    def front(self, sslmode="disable"):
        """libpq's settings of the cluster's endpoint."""
        names = ("PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGPASSWORD", "PGSSLROOTCERT")
        return {name: self.facts[name] for name in names} | {"PGSSLMODE": sslmode}

    def direct(self):
        """libpq's settings of the private PostgreSQL behind it."""
        return {"PGHOST": self.socket, "PGPORT": "5432", "PGUSER": self.user, "PGDATABASE": self.database}

    def copy_options(self):
        return f"iam_role '{self.facts['LINCHPIN_ROLE_ARN']}'"

    def put(self, key, path):
        """Puts a file into the staging bucket, streamed."""
        put_object(self.facts, f"/{self.facts['LINCHPIN_BUCKET']}/{key}", path)
        return f"s3://{self.facts['LINCHPIN_BUCKET']}/{key}"


@contextlib.contextmanager
def running():
    SCRATCH.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=SCRATCH) as folder:
        env_file = os.path.join(folder, "env")
        process = subprocess.Popen([PROGRAM, "up", "--env-file", env_file], stdout=subprocess.PIPE, text=True)
        try:
            # The program ends its list of facts with a comment when everything is ready.
            if not any(line.startswith("# ready") for line in process.stdout):
                raise SystemExit(f"`{PROGRAM} up` did not start")
            lines = pathlib.Path(env_file).read_text().splitlines()
            yield Stack(process, dict(line.split("=", 1) for line in lines))
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()


def command(arguments, settings, **options):
    """Runs a client with libpq's settings; its error output is ours when it fails."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")} | settings
    result = subprocess.run(arguments, env=environment, stderr=subprocess.PIPE, text=True, **options)
    if result.returncode:
        raise ClientError(f"{arguments[0]}: {result.stderr.strip()}")
    return result.stdout


class ClientError(Exception):
    pass


def psql(sql, settings, **options):
    program = str(PG_BIN / "psql")
    return command([program, "-XqAt", "-v", "ON_ERROR_STOP=1", "-c", sql], settings, **options)


def seconds(action, *arguments):
    start = time.perf_counter()
    action(*arguments)
    return time.perf_counter() - start


def signed(facts, method, path):
    """The endpoint's host and port, and headers with Signature Version 4 for a call of S3 over plain HTTP."""
    url = urllib.parse.urlsplit(facts["AWS_ENDPOINT_URL"])
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    headers = {"host": url.netloc, "x-amz-content-sha256": "UNSIGNED-PAYLOAD", "x-amz-date": now}
    names = ";".join(headers)
    canonical = "\n".join(
        [method, urllib.parse.quote(path), "", *(f"{k}:{v}" for k, v in headers.items()), "", names, "UNSIGNED-PAYLOAD"]
    )
    scope = f"{now[:8]}/{facts['AWS_REGION']}/s3/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", now, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = ("AWS4" + facts["AWS_SECRET_ACCESS_KEY"]).encode()
    for part in [*scope.split("/"), text]:
        key = hmac.digest(key, part.encode(), "sha256")
    credential = f"{facts['AWS_ACCESS_KEY_ID']}/{scope}"
    headers["authorization"] = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={key.hex()}"
    return url.hostname, url.port, headers


def resident_mb(process, field="VmRSS"):
    """A process's resident size now, or at its highest (`VmHWM`)."""
    with open(f"/proc/{process}/status") as file:
        kilobytes = next(line.split()[1] for line in file if line.startswith(field))
    return round(int(kilobytes) * 1024 / 1e6, 1)


def put_object(facts, path, file):
    """PUT of a file."""
    host, port, headers = signed(facts, "PUT", path)
    headers["content-length"] = str(os.path.getsize(file))
    connection = http.client.HTTPConnection(host, port, blocksize=1 << 20)
    with open(file, "rb") as body, contextlib.closing(connection):
        connection.request("PUT", urllib.parse.quote(path), body, headers)
        answer = connection.getresponse()
        if answer.status != 200:
            raise SystemExit(f"PUT {path}: {answer.status} {answer.read().decode()}")
