"""awswrangler over redshift_connector: to_sql in its modes, read_sql, COPY of frames and files, UNLOAD to Parquet."""

import os
import warnings

import pandas
import redshift_connector
from facts import BUCKET, CA_FILE, DATABASE, HOST, PASSWORD, PORT, ROLE, USER, equal, put, refused

os.environ["SSL_CERT_FILE"] = CA_FILE
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of engines that are not installed here
    import awswrangler

wr = awswrangler.redshift
connection = redshift_connector.connect(
    host=HOST, port=PORT, database=DATABASE, user=USER, password=PASSWORD, ssl=True, sslmode="verify-full"
)
FRAME = pandas.DataFrame({"id": [1, 2], "name": ["one", "zwei 二"], "cost": [1.5, 2.5]})
TARGET = {"con": connection, "table": "wrangled", "schema": "public"}


def rows(sql="select id, name, cost from public.wrangled order by id"):
    return wr.read_sql_query(sql, con=connection).to_dict("split")["data"]


def writes():
    wr.to_sql(df=FRAME, mode="overwrite", **TARGET)
    equal(rows(), [[1, "one", 1.5], [2, "zwei 二", 2.5]], "rows after to_sql")
    more = pandas.DataFrame({"id": [3], "name": ["three"], "cost": [3.5]})
    wr.to_sql(df=more, mode="append", **TARGET)
    changed = pandas.DataFrame({"id": [2, 4], "name": ["two", "four"], "cost": [2.0, 4.0]})
    wr.to_sql(df=changed, mode="upsert", primary_keys=["id"], **TARGET)
    equal([row[:2] for row in rows()], [[1, "one"], [2, "two"], [3, "three"], [4, "four"]], "rows after an upsert")
    frame = wr.read_sql_table("wrangled", schema="public", con=connection)
    equal(sorted(frame["id"].tolist()), [1, 2, 3, 4], "rows of read_sql_table")
    for method in ("truncate", "delete", "cascade"):
        wr.to_sql(df=more, mode="overwrite", overwrite_method=method, **TARGET)
        equal(rows(), [[3, "three", 3.5]], f"rows after an overwrite by {method}")


def copy(prefix, role):
    wr.copy_from_files(path=f"s3://{BUCKET}/{prefix}/", iam_role=role, data_format="csv", mode="append", **TARGET)


def copies():
    put("right/a.csv", "7,seven,7.5\n8,acht ü,8.5\n")
    copy("right", ROLE)
    equal(rows(), [[3, "three", 3.5], [7, "seven", 7.5], [8, "acht ü", 8.5]], "rows after copy_from_files")
    by = f"is not authorized to assume IAM Role {ROLE}x"
    refused(redshift_connector.Error, lambda: copy("right", f"{ROLE}x"), by, "a role that is not attached")


def parquet():
    """Frames that go to S3 as Parquet and in by COPY, and out again by UNLOAD."""
    path = f"s3://{BUCKET}/parquet/"
    wr.copy(df=FRAME, path=path, iam_role=ROLE, mode="overwrite", **TARGET)
    equal(rows(), FRAME.values.tolist(), "rows after copy")
    changed = pandas.DataFrame({"id": [2, 3], "name": ["two", "three"], "cost": [2.0, 3.0]})
    wr.copy(df=changed, path=path, iam_role=ROLE, mode="upsert", primary_keys=["id"], **TARGET)
    equal([row[:2] for row in rows()], [[1, "one"], [2, "two"], [3, "three"]], "rows after an upsert by copy")
    query, out = "select id, name, cost from public.wrangled", f"s3://{BUCKET}/unloaded/"
    frame = wr.unload(sql=query, path=out, iam_role=ROLE, con=connection, keep_files=False)
    equal(sorted(frame["name"].tolist()), ["one", "three", "two"], "rows of unload")
    wr.unload_to_files(sql=query, path=out, iam_role=ROLE, con=connection, unload_format="PARQUET")
    frame = awswrangler.s3.read_parquet(out)
    equal(sorted(frame["id"].tolist()), [1, 2, 3], "rows of unload_to_files")
    wr.copy_from_files(path=out, iam_role=ROLE, mode="overwrite", data_format="parquet", **TARGET)
    equal(len(rows()), 3, "rows after copy_from_files of Parquet")


def load_error():
    put("wrong/a.csv", "x,name,1\n")
    failed = "Load into table 'wrangled' failed.  Check 'stl_load_errors' system table for details."
    refused(redshift_connector.Error, lambda: copy("wrong", ROLE), failed, "a load error")
    equal(rows("select trim(colname), err_code from stl_load_errors"), [["id", 1207]], "stl_load_errors")


for each in (writes, copies, parquet, load_error):
    each()
print("awswrangler: to_sql, read_sql, copy and unload by Parquet, copy_from_files of CSV and Parquet, a refused role")
