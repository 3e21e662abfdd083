"""Logins with credentials of IAM: redshift_connector with `iam=True`, awswrangler's connect_temp."""

import os
import warnings

import boto3
import redshift_connector
from facts import ADMIN, CA_FILE, CLUSTER, DATABASE, REGION, USER, equal

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
print("IAM logins: redshift_connector, awswrangler")
