"""The walk that every driver takes: TLS, COPY, UNLOAD, a load error, refusals. Each driver brings a session of its own."""

import boto3
import certifi
from facts import ADMIN, BUCKET, CA_FILE, CLUSTER, PASSWORD, REGION, ROLE, USER, equal, holds, objects, put

ROWS = [(1, "one"), (2, "two, too"), (3, "drei \\ 三 it's")]
LINES = 'id,name\n1,one\n2,"two, too"\n3,drei \\ 三 it\'s\n'
READER = "Reader0Passw0rd"


class DbApi:
    """A session over a DB-API connection: what a driver offers under the names of the walk."""

    def __init__(self, connection, errors, notices):
        self.connection, self.errors, self._notices = connection, errors, notices
        self.commit, self.rollback = connection.commit, connection.rollback
        self.close = connection.close

    def run(self, sql):
        cursor = self.connection.cursor()
        cursor.execute(sql)
        rows = [tuple(row) for row in cursor.fetchall()] if cursor.description else []
        cursor.close()
        return rows

    def refusal(self, sql):
        """SQLSTATE, message and detail of the error; `errors` reads them out of the driver's exception."""
        try:
            self.run(sql)
        except self.errors.kind as error:
            return self.errors.read(error)
        raise SystemExit(f"was accepted: {sql}")

    def notices(self):
        return self._notices(self.connection)


class Errors:
    """How a driver tells an error: its exception, and a function that gives (SQLSTATE, message, detail)."""

    def __init__(self, kind, read):
        self.kind, self.read = kind, read


def walk(connect, untrusted):
    """`connect(user, password, ca_file)` opens a session, verifying the host name; `untrusted` is what a driver raises."""
    _tls(connect, untrusted)
    session = connect(USER, PASSWORD, CA_FILE)
    _copy(session)
    _unload(session)
    _load_error(session)
    _roles(session)
    _rights(session, connect)
    session.close()


def _tls(connect, untrusted):
    try:
        connect(USER, PASSWORD, certifi.where())
    except untrusted as error:
        holds(str(error).lower(), "certificate verify failed", "an authority that is not trusted")
        return
    raise SystemExit("a certificate of an authority that is not trusted was accepted")


def _copy(session):
    session.run("create table walk (id integer not null, name varchar(40))")
    session.run(f"copy walk from '{put('in/a.csv', LINES)}' iam_role '{ROLE}' csv ignoreheader 1")
    equal(session.run("select pg_last_copy_count()"), [(3,)], "pg_last_copy_count()")
    equal(session.run("select id, name from walk order by id"), ROWS, "rows of COPY")
    loaded = "Load into table 'walk' completed, 3 record(s) loaded successfully."
    holds("\n".join(session.notices()), loaded, "notices of COPY")
    session.commit()


def _unload(session):
    to = f"to 's3://{BUCKET}/out/walk_' iam_role '{ROLE}'"
    session.run(f"unload ('select * from walk order by id') {to} csv header parallel off")
    equal(objects("out/walk_"), {"out/walk_000": LINES}, "objects of UNLOAD")
    unloaded = "UNLOAD completed, 3 record(s) unloaded successfully."
    holds("\n".join(session.notices()), unloaded, "notices of UNLOAD")
    _, message, _ = session.refusal(f"unload ('select * from walk') {to} csv parallel off")
    holds(message, "Specified unload destination on S3 is not empty.", "an UNLOAD onto existing files")
    session.rollback()


def _load_error(session):
    url = put("bad/b.csv", "7,seven\nx7,eight\n")
    state, message, _ = session.refusal(f"copy walk from '{url}' iam_role '{ROLE}' csv")
    equal(state, "XX000", "SQLSTATE of a load error")
    failed = "Load into table 'walk' failed.  Check 'stl_load_errors' system table for details."
    equal(message, failed, "message of a load error")
    session.rollback()
    told = session.run(
        "select trim(filename), line_number, trim(colname), trim(type), err_code, trim(err_reason),"
        " trim(raw_field_value) from stl_load_errors order by query desc limit 1"
    )
    reason = "Invalid digit, Value 'x', Pos 0, Type: Integer"
    equal(told, [(url, 2, "id", "int4", 1207, reason, "x7")], "stl_load_errors after the rollback")
    equal(session.run("select count(*) from walk"), [(3,)], "rows after a failed COPY")
    session.commit()


def _roles(session):
    url = f"s3://{BUCKET}/in/"
    state, message, detail = session.refusal(f"copy walk from '{url}' iam_role '{ROLE}x' csv")
    by = f"dbuser:{CLUSTER}/{USER} is not authorized to assume IAM Role {ROLE}x"
    equal(state, "XX000", "SQLSTATE of a role that is not attached")
    holds(message, by, "a role that is not attached")
    holds(detail, f"context:   IAM Role={ROLE}x\n", "detail of a role that is not attached")
    session.rollback()

    other = f"{BUCKET}-other"
    admin = boto3.client("s3", **ADMIN)
    admin.create_bucket(Bucket=other, CreateBucketConfiguration={"LocationConstraint": REGION})
    _, message, detail = session.refusal(f"copy walk from 's3://{other}/in/' iam_role '{ROLE}' csv")
    holds(message, "S3ServiceException:", "a bucket that the role's policy does not name")
    holds(message, f'is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::{other}"', "its reason")
    holds(detail, f"context:   Listing bucket={other} prefix=in/\n", "its context")
    session.rollback()
    admin.delete_bucket(Bucket=other)


def _rights(session, connect):
    """A database user without INSERT on the table."""
    session.run(f"create user reader password '{READER}'")
    session.run("grant select on walk to reader")
    session.commit()
    reader = connect("reader", READER, CA_FILE)
    equal(reader.run("select count(*) from walk"), [(3,)], "rows that a reader sees")
    state, message, _ = reader.refusal(f"copy walk from 's3://{BUCKET}/in/' iam_role '{ROLE}' csv")
    equal(state, "42501", "SQLSTATE of a COPY without INSERT")
    equal(message, "permission denied for relation walk", "a COPY without INSERT")
    reader.rollback()
    reader.close()
