"""COPY and UNLOAD with Amazon's own Python driver, over TLS, and the words of its errors."""

import os

import boto3
import redshift_connector

env = os.environ
# The driver trusts its own bundle and OpenSSL's default store: this makes the stack's authority the latter.
env["SSL_CERT_FILE"] = env["LINCHPIN_CA_FILE"]
bucket, role = env["LINCHPIN_BUCKET"], env["LINCHPIN_ROLE_ARN"]


def objects(s3, prefix):
    return [found["Key"] for found in s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])]


s3 = boto3.client("s3")
s3.put_object(Bucket=bucket, Key="in/a.csv", Body=b"id,name\n1,one\n2,two\n")

connection = redshift_connector.connect(
    host=env["LINCHPIN_HOST"],
    port=int(env["LINCHPIN_PORT"]),
    database=env["LINCHPIN_DATABASE"],
    user=env["LINCHPIN_USER"],
    password=env["LINCHPIN_PASSWORD"],
    ssl=True,
    sslmode="verify-full",
)
connection.autocommit = True
cursor = connection.cursor()
cursor.execute("create table driver_tour (id integer, name varchar(20))")
cursor.execute(f"copy driver_tour from 's3://{bucket}/in/' iam_role '{role}' csv ignoreheader 1")
cursor.execute("select id, name from driver_tour order by id")
rows = [tuple(row) for row in cursor.fetchall()]
assert rows == [(1, "one"), (2, "two")], rows

cursor.execute(f"unload ('select * from driver_tour') to 's3://{bucket}/out/t_' iam_role '{role}' csv parallel off")
keys = objects(s3, "out/t_")
assert keys == ["out/t_000"], keys
text = s3.get_object(Bucket=bucket, Key=keys[0])["Body"].read()
assert sorted(text.splitlines()) == [b"1,one", b"2,two"], text

try:
    cursor.execute(f"copy driver_tour from 's3://{bucket}/in/' iam_role '{role}x' csv")
    raise SystemExit("a role that is not attached was accepted")
except redshift_connector.error.ProgrammingError as error:
    assert f"is not authorized to assume IAM Role {role}x" in str(error), error
print("redshift_connector: COPY, UNLOAD and a refused role over TLS")
