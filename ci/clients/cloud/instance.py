"""On an EC2 instance: boto3 finds the credentials of the instance's role by itself, and may what the role may."""

import boto3
from botocore.exceptions import ClientError
from facts import equal, holds, objects, put, refused

session = boto3.Session()
equal(session.get_credentials().method, "iam-role", "where boto3 found credentials")

caller = session.client("sts").get_caller_identity()["Arn"]
holds(caller, ":assumed-role/machine/i-0", "the caller")
put("from/an/instance", "by its role")
equal(objects("from/an/"), {"from/an/instance": "by its role"}, "what the role may stage")

told = f"User: {caller} is not authorized to perform: iam:ListUsers"
refused(ClientError, session.client("iam").list_users, told, "what the role may not do")
