"""A connector with redshift_connector and boto3: `linchpin check --connector scenarios/examples/python/connector.yaml`.

linchpin starts it for each write and each read of a flow, and it finds what to do in its environment. A line
`linchpin: step NAME` tells where it is; it ends with 0, or with 1 and what went wrong on standard error.
"""

import gzip
import json
import os
import re
import sys
import tempfile
import uuid

import boto3
import redshift_connector
from botocore.config import Config
from botocore.exceptions import ClientError

FACTS = os.environ
PARTS = 4  # rows are spread over so many objects, which the slices of a cluster load side by side
NULL = "@NULL@"  # stands for NULL in staged and unloaded objects, where COPY does not tell `""` from nothing
FIELD = re.compile(r'("(?:[^"]|"")*"|[^,\r\n]*)(,|\r?\n|\r|\Z)')


class Connector:
    def __init__(self):
        self.begin("preflight")
        self.run = uuid.uuid4().hex
        self.bucket = FACTS["LINCHPIN_BUCKET"]
        self.prefix = "/".join(filter(None, [FACTS["LINCHPIN_PREFIX"].strip("/"), f"run_{self.run}/"]))
        self.objects = []  # the keys to delete in the end
        # Endpoint, region and keys come from the environment, as ever.
        self.s3 = boto3.client("s3", config=Config(s3={"addressing_style": "path"}))

    def begin(self, step):
        self.step = step
        print(f"linchpin: step {step}", flush=True)

    def write(self):
        operation, table = FACTS["LINCHPIN_OPERATION"], FACTS["LINCHPIN_TABLE"]
        key = [identifier(name) for name in FACTS["LINCHPIN_KEY"].split(",") if name]
        if operation != "insert" and not key:
            raise ValueError(f"{operation} needs the key columns of `{table}`")
        header, *rows = records(read_text(FACTS["LINCHPIN_ROWS"]))
        self.check_bucket_policy()
        self.begin("stage")
        self.stage(rows)
        self.begin("connect")
        table = ".".join(identifier(part) for part in table.split("."))
        with connect() as connection:  # one transaction: an error leaves the target untouched
            for step, sql in self.statements(operation, table, [identifier(name) for name in header], key):
                self.begin(step)
                execute(connection, sql)
            connection.commit()

    def stage(self, rows):
        with tempfile.TemporaryDirectory(dir=FACTS["LINCHPIN_STAGING_DIR"] or None) as folder:
            for number in range(max(1, min(PARTS, len(rows)))):  # COPY refuses a prefix without objects
                part = f"part_{number:04}.csv.gz"
                with gzip.open(f"{folder}/{part}", "wt", newline="") as file:
                    file.writelines(",".join(field or NULL for field in row) + "\n" for row in rows[number::PARTS])
                with open(f"{folder}/{part}", "rb") as file:
                    self.s3.put_object(Bucket=self.bucket, Key=self.prefix + part, Body=file)
                self.objects.append(self.prefix + part)

    def statements(self, operation, table, columns, key):
        temp, names = identifier(f"run_{self.run}"), ", ".join(columns)
        copy = f"({names}) FROM {self.url('part_')} {authorization('COPY')} {region('COPY')} CSV NULL AS {literal(NULL)} GZIP"
        if operation == "insert":  # needs no temporary table
            yield "copy", f"COPY {table} {copy}"
            return
        yield "temp-table", f"CREATE TEMP TABLE {temp} (LIKE {table})"
        yield "copy", f"COPY {temp} {copy}"
        same = " AND ".join(f"{table}.{column} = {temp}.{column}" for column in key)
        if operation == "update":
            values = ", ".join(f"{column} = {temp}.{column}" for column in columns if column not in key)
            yield "apply", f"UPDATE {table} SET {values} FROM {temp} WHERE {same}"
        if operation in ("upsert", "delete"):
            yield "apply", f"DELETE FROM {table} USING {temp} WHERE {same}"
        if operation == "upsert":
            yield "apply", f"INSERT INTO {table} ({names}) SELECT {names} FROM {temp}"

    def read(self):
        self.check_bucket_policy()
        self.begin("connect")
        with connect() as connection:
            self.begin("unload")
            options = f"{region('UNLOAD')} CSV HEADER NULL AS {literal(NULL)} GZIP MANIFEST"
            query = literal(FACTS["LINCHPIN_QUERY"])
            execute(connection, f"UNLOAD ({query}) TO {self.url('')} {authorization('UNLOAD')} {options}")
            connection.commit()
        self.begin("fetch")
        self.objects.append(f"{self.prefix}manifest")
        manifest = json.loads(self.get(self.objects[0]))  # names the parts: nobody needs to list the bucket
        self.objects += [entry["url"].removeprefix(f"s3://{self.bucket}/") for entry in manifest["entries"]]
        parts = [list(records(gzip.decompress(self.get(key)).decode())) for key in self.objects[1:]]
        with open(FACTS["LINCHPIN_TO"], "w", newline="") as file:
            for row in [part[0] for part in parts[:1]] + [row for part in parts for row in part[1:]]:
                file.write(",".join("" if field == NULL else field or '""' for field in row) + "\n")

    def check_bucket_policy(self):
        try:
            self.s3.get_bucket_policy(Bucket=self.bucket)
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchBucketPolicy":
                raise

    def get(self, key):
        return self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def url(self, name):
        return literal(f"s3://{self.bucket}/{self.prefix}{name}")

    def clean_up(self):
        """Deletes each object, whatever becomes of the others; gives what failed."""
        self.begin("clean-up")
        for key in self.objects:
            try:
                self.s3.delete_object(Bucket=self.bucket, Key=key)
            except Exception as error:
                yield self.step, error


def connect():
    if authority := FACTS.get("LINCHPIN_CA_FILE"):
        # The driver trusts its own bundle and OpenSSL's default store: this makes the authority the latter.
        FACTS["SSL_CERT_FILE"] = authority
    mode = FACTS["PGSSLMODE"]
    return redshift_connector.connect(
        host=FACTS["LINCHPIN_HOST"],
        port=int(FACTS["LINCHPIN_PORT"]),
        database=FACTS["LINCHPIN_DATABASE"],
        user=FACTS["LINCHPIN_USER"],
        password=FACTS["LINCHPIN_PASSWORD"],
        **({"ssl": False} if mode == "disable" else {"sslmode": mode}),
    )


def execute(connection, sql):
    cursor = connection.cursor()
    cursor.paramstyle = "qmark"  # in the driver's own style, each `%` of a query would start a parameter
    cursor.execute(sql)


def authorization(command):
    """The role of the command's options, or else the connection's keys."""
    if role := FACTS.get(f"LINCHPIN_{command}_ROLE"):
        return f"IAM_ROLE {literal(role)}"
    id, secret = FACTS["AWS_ACCESS_KEY_ID"], FACTS["AWS_SECRET_ACCESS_KEY"]
    token = f";token={FACTS['AWS_SESSION_TOKEN']}" if FACTS.get("AWS_SESSION_TOKEN") else ""
    return f"CREDENTIALS {literal(f'aws_access_key_id={id};aws_secret_access_key={secret}{token}')}"


def region(command):
    """Where the bucket is, if the command's options say so; else the cluster takes its own region."""
    name = FACTS.get(f"LINCHPIN_{command}_REGION")
    return f"REGION {literal(name)}" if name else ""


def read_text(path):
    with open(path, newline="") as file:
        text = file.read()
    if NULL in text:
        raise ValueError(f"`{path}`: the value `{NULL}` is what stands for NULL in staged files")
    return text


def records(text):
    """The records of a CSV text, their fields as they stand: nothing is NULL, and `""` the empty string."""
    record, place = [], 0
    while place < len(text):
        field = FIELD.match(text, place)
        record.append(field[1])
        place = field.end()
        if field[2] != ",":
            yield record
            record = []


def identifier(name):
    """A name in quotes; CSV writes a name that needs them as SQL does."""
    return name if name.startswith('"') else f'"{name}"'


def literal(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def words(error):
    """The error's own words: the driver hands its fields on under the protocol's letters."""
    if isinstance(error, redshift_connector.Error) and error.args and isinstance(error.args[0], dict):
        fields = error.args[0]
        return f"{fields['M']} (SQLSTATE {fields['C']}) {fields.get('D', '')}"
    return f"{type(error).__name__}: {error}"


def main():
    connector, failures = Connector(), []
    try:
        {"write": connector.write, "read": connector.read}[FACTS["LINCHPIN_STEP"]]()
    except Exception as error:
        failures.append((connector.step, error))
    failures += connector.clean_up()
    for _, error in failures:
        print(words(error), file=sys.stderr)
    if failures:  # the first failure is what it ends with, and the last step told is its step
        connector.begin(failures[0][0])
        sys.exit(1)


main()
