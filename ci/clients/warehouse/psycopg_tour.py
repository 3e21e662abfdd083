"""psycopg 3: the walk, and its ways to send statements: simple, prepared, in a pipeline, through a cursor."""

import psycopg
from facts import BUCKET, CA_FILE, DATABASE, HOST, PASSWORD, PORT, ROLE, USER, equal, holds, refused
from walk import ROWS, DbApi, Errors, walk

ERRORS = Errors(psycopg.Error, lambda e: (e.sqlstate, e.diag.message_primary, e.diag.message_detail))
COPY = f"from 's3://{BUCKET}/in/a.csv' iam_role '{ROLE}' csv ignoreheader 1"


def open_connection(user, password, ca_file, host=HOST):
    return psycopg.connect(
        host=host, hostaddr=HOST, port=PORT, dbname=DATABASE, user=user, password=password,
        sslmode="verify-full", sslrootcert=ca_file,
    )


def connect(user, password, ca_file):
    connection, notices = open_connection(user, password, ca_file), []
    connection.add_notice_handler(lambda notice: notices.append(notice.message_primary))
    return DbApi(connection, ERRORS, lambda _: notices)


def server(connection):
    equal(connection.info.server_version, 80002, "server_version")
    holds(connection.execute("select version()").fetchone()[0], "Redshift 1.0.", "version()")
    elsewhere = lambda: open_connection(USER, PASSWORD, CA_FILE, host="warehouse.example")
    refused(psycopg.OperationalError, elsewhere, 'does not match host name "warehouse.example"', "another host name")


def simple(connection):
    """Several statements in one message: the rows of the last one are at its end."""
    cursor = connection.execute(f"create table simple (like walk); copy simple {COPY}; select id, name from simple order by id")
    while cursor.nextset():
        pass
    equal(cursor.fetchall(), ROWS, "rows after several statements in one message")


def prepared(connection):
    connection.execute("create table prepared (like walk)")
    for times in (1, 2):
        connection.execute(f"copy prepared {COPY}", prepare=True)
        count = connection.execute("select count(*) from prepared where id = %s", (2,), prepare=True)
        equal(count.fetchone(), (times,), "rows after a prepared COPY")
    text = "it's a \\ backslash and %s"
    equal(connection.execute("select %s::varchar(40)", (text,)).fetchone(), (text,), "a bound text")
    client_side = psycopg.ClientCursor(connection)
    equal(client_side.execute("select %s::varchar(40)", (text,)).fetchone(), (text,), "a quoted text")


def pipeline(connection):
    connection.execute("create table piped (like walk)")
    with connection.pipeline():
        connection.cursor().executemany("insert into piped values (%s, %s)", [(8, "eight"), (9, "nine")])
        connection.execute(f"copy piped {COPY}")
        rows = connection.execute("select count(*) from piped")
        equal(rows.fetchone(), (5,), "rows of a pipeline")
    connection.commit()
    broken = f"copy piped from 's3://{BUCKET}/none/' iam_role '{ROLE}' csv"

    def fails():
        with connection.pipeline():
            connection.execute("delete from piped")
            connection.execute(broken)
            connection.execute("select 1")

    refused(psycopg.errors.InternalError_, fails, "The specified S3 prefix 'none/' does not exist", "COPY in a pipeline")
    connection.rollback()
    equal(connection.execute("select count(*) from piped").fetchone(), (5,), "rows after a broken pipeline")


def cursor(connection):
    with connection.cursor(name="few") as few:
        few.execute("select id, name from walk order by id")
        equal(few.fetchmany(2) + few.fetchall(), ROWS, "rows of a cursor on the server")


def from_stdin(connection):
    def copy():
        with connection.cursor().copy("copy walk from stdin") as stream:
            stream.write_row((1, "one"))

    text = "LOAD source is not supported. (Hint: only S3 or DynamoDB or EMR based load is allowed)"
    refused(psycopg.errors.FeatureNotSupported, copy, text, "COPY FROM STDIN")
    connection.rollback()


walk(connect, psycopg.OperationalError)
with open_connection(USER, PASSWORD, CA_FILE) as opened:
    for each in (server, simple, prepared, pipeline, cursor, from_stdin):
        each(opened)
        opened.commit()
print("psycopg: the walk; simple, prepared, pipeline, cursor, host name")
