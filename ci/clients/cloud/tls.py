"""AWS over TLS: boto3 and the AWS CLI trust the stack's authority, and policies see that the call was sealed."""

import json
import subprocess

import boto3
from botocore.exceptions import ClientError, SSLError
from facts import ADMIN, BUCKET, ENDPOINT, equal, holds, put, refused

equal(ENDPOINT.split(":")[0], "https", "the endpoint's scheme")
put("sealed", "over TLS")
s3 = boto3.client("s3")
equal(s3.get_object(Bucket=BUCKET, Key="sealed")["Body"].read(), b"over TLS", "an object over TLS")
refused(SSLError, boto3.client("s3", verify=True).list_buckets, "certificate verify failed", "a client that trusts others")

admin = boto3.client("s3", **ADMIN)
only = lambda secure: {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*",
                       "Condition": {"Bool": {"aws:SecureTransport": secure}}}
document = lambda secure: json.dumps({"Version": "2012-10-17", "Statement": only(secure)})
admin.put_bucket_policy(Bucket=BUCKET, Policy=document("false"))
equal(s3.get_object(Bucket=BUCKET, Key="sealed")["Body"].read(), b"over TLS", "with a policy that wants TLS")
admin.put_bucket_policy(Bucket=BUCKET, Policy=document("true"))
refused(ClientError, lambda: s3.get_object(Bucket=BUCKET, Key="sealed"), "explicit deny in a resource-based policy", "with one that does not")
admin.delete_bucket_policy(Bucket=BUCKET)
told = subprocess.run(["aws", "sts", "get-caller-identity"], capture_output=True, text=True, check=True).stdout
holds(told, "user/", "the AWS CLI over TLS")
print("tls: boto3, the AWS CLI, aws:SecureTransport")
