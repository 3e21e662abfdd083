"""Logins with credentials of IAM: redshift_connector with `iam=True`, awswrangler's connect_temp."""

import os
import warnings

import boto3
import botocore.exceptions
import redshift_connector
from facts import ACCOUNT, ADMIN, CA_FILE, CLUSTER, DATABASE, REGION, USER, equal, holds

os.environ["SSL_CERT_FILE"] = CA_FILE
key = {"access_key_id": ADMIN["aws_access_key_id"], "secret_access_key": ADMIN["aws_secret_access_key"]}
connection = redshift_connector.connect(
    iam=True, cluster_identifier=CLUSTER, db_user=USER, database=DATABASE, region=REGION, ssl=True, sslmode="verify-full", **key
)
cursor = connection.cursor()
cursor.execute("select current_user")
equal(cursor.fetchall()[0][0], USER, "the user of an IAM login")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import awswrangler
session = boto3.Session(**ADMIN)
with awswrangler.redshift.connect_temp(cluster_identifier=CLUSTER, user=USER, database=DATABASE, boto3_session=session) as temp:
    equal(len(awswrangler.redshift.read_sql_query("select 1 as a", con=temp)), 1, "rows of connect_temp")
DENIED = (
    "is not authorized to perform: redshift:GetClusterCredentials on resource: "
    f"arn:aws:redshift:{REGION}:{ACCOUNT}:dbuser:{CLUSTER}/{USER}"
)


def refused(what, login):
    try:
        login()
    except botocore.exceptions.ClientError as error:
        told = error.response["Error"]
        equal(told["Code"], "AccessDenied", f"{what}, its code")
        return holds(told["Message"], DENIED, what)
    raise SystemExit(f"was accepted: {what}")


# The stack's user has no right to log in by IAM.
refused(
    "a login by the user's own key",
    lambda: awswrangler.redshift.connect_temp(cluster_identifier=CLUSTER, user=USER, database=DATABASE),
)
print("IAM logins: redshift_connector, awswrangler")
