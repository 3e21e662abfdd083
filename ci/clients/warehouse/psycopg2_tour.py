"""psycopg2: the walk, texts that it quotes itself, a cursor on the server, and COPY FROM STDIN refused."""

import io

import psycopg2
from psycopg2.extras import execute_values
from facts import CA_FILE, DATABASE, HOST, PASSWORD, PORT, USER, equal, refused
from walk import ROWS, DbApi, Errors, walk

# psycopg2 has the severity in the message's place of `str(error)`; `diag` tells the fields apart.
ERRORS = Errors(psycopg2.Error, lambda e: (e.pgcode, e.diag.message_primary, e.diag.message_detail))


def open_connection(user, password, ca_file):
    return psycopg2.connect(
        host=HOST, port=PORT, dbname=DATABASE, user=user, password=password, sslmode="verify-full", sslrootcert=ca_file
    )


def connect(user, password, ca_file):
    return DbApi(open_connection(user, password, ca_file), ERRORS, lambda connection: connection.notices)


def quoting(cursor):
    """psycopg2 puts texts into the statement by itself, with or without backslashes as the server's settings tell."""
    texts = ["it's", "back\\slash", 'quote"', "per%cent", "three 三", "new\nline"]
    cursor.execute("create temp table texts (id integer, name varchar(40))")
    execute_values(cursor, "insert into texts values %s", list(enumerate(texts)))
    cursor.execute("select name from texts order by id")
    equal([name for (name,) in cursor.fetchall()], texts, "texts after INSERT")


walk(connect, psycopg2.OperationalError)
with open_connection(USER, PASSWORD, CA_FILE) as connection:
    equal(connection.server_version, 80002, "server_version")
    quoting(connection.cursor())
    few = connection.cursor(name="few")
    few.execute("select id, name from walk order by id")
    equal(few.fetchmany(2) + few.fetchall(), ROWS, "rows of a cursor on the server")
    few.close()
    stdin = lambda: connection.cursor().copy_expert("copy walk from stdin", io.StringIO("1|one\n"))
    refused(psycopg2.errors.FeatureNotSupported, stdin, "LOAD source is not supported.", "COPY FROM STDIN")
print("psycopg2: the walk; quoting, cursor")
