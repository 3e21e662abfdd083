"""Amazon's own Python driver: the walk, parameters and its metadata calls."""

import os
from datetime import timedelta

import redshift_connector
from facts import CA_FILE, DATABASE, HOST, PASSWORD, PORT, USER, equal, refused
from walk import ROWS, DbApi, Errors, walk

# The driver hands the fields of an error on under the protocol's letters.
ERRORS = Errors(redshift_connector.Error, lambda e: (e.args[0]["C"], e.args[0]["M"], e.args[0].get("D", "")))


def open_connection(user, password, ca_file):
    # The driver trusts its own bundle and OpenSSL's default store: this makes the authority the latter.
    os.environ["SSL_CERT_FILE"] = ca_file
    return redshift_connector.connect(
        host=HOST, port=PORT, database=DATABASE, user=user, password=password, ssl=True, sslmode="verify-full"
    )


def notices(connection):
    return [notice[b"M"].decode() for notice in connection.notices]


def connect(user, password, ca_file):
    return DbApi(open_connection(user, password, ca_file), ERRORS, notices)


walk(connect, redshift_connector.Error)
with open_connection(USER, PASSWORD, CA_FILE) as connection, connection.cursor() as cursor:
    cursor.execute("create temp table bound (id integer, name varchar(40))")
    cursor.executemany("insert into bound values (%s, %s)", ROWS)
    cursor.execute("select id, name from bound where id > %s order by id", (1,))
    equal([tuple(row) for row in cursor.fetchall()], ROWS[1:], "rows of bound parameters")
    cursor.execute("select id, name from walk order by id")
    equal([column[0] for column in cursor.description], ["id", "name"], "names of columns")
    cursor.execute("create table keyed (a integer, b integer, primary key (a, b))")
    keys = [(row[2], row[3], row[4]) for row in cursor.get_primary_keys(None, "public", "keyed")]
    equal(keys, [("keyed", "a", 1), ("keyed", "b", 2)], "get_primary_keys")
    tables = [row[2] for row in cursor.get_tables(None, "public", "keyed")]
    equal(tables, ["keyed"], "get_tables")
    columns = [row[3] for row in cursor.get_columns(None, "public", "keyed")]
    equal(columns, ["a", "b"], "get_columns")
    procedures = [row[2] for row in cursor.get_procedures(None, "pg_catalog", "getdate")]
    equal(procedures, ["getdate"], "get_procedures")
    equal(connection.tpc_recover(), [], "pending transactions")
    cursor.execute("select json_parse('{\"a\": [1]}') as s")
    equal((cursor.description[0][1], cursor.fetchall()), (4000, (['{"a":[1]}'],)), "a SUPER")
    cursor.execute("select interval '1 day 2 hours', interval '-14 months', timestamp '2024-03-01' - timestamp '2024-02-01'")
    day, months, span = cursor.fetchone()
    equal((day, months.months, span), (timedelta(days=1, hours=2), -14, timedelta(days=29)), "intervals")
    frame = cursor.execute("select id, name from walk order by id").fetch_dataframe()
    equal(frame["name"].tolist(), [name for _, name in ROWS], "a data frame")
    cursor.execute("create user digested password 'sha256|Digest0Passw0rd'")
    connection.commit()
refused(redshift_connector.Error, lambda: open_connection("digested", "wrong", CA_FILE), "28P01", "a wrong password by digest")
with open_connection("digested", "Digest0Passw0rd", CA_FILE) as connection, connection.cursor() as cursor:
    cursor.execute("select current_user")
    equal(cursor.fetchall()[0][0], "digested", "the user of a login by digest")
print("redshift_connector: the walk; parameters, metadata, data frame, a login by digest")
