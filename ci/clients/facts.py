"""What every client shares: the facts of the stack, the objects in its bucket, and checks that tell what was seen."""

import os
import sys
import traceback

import boto3

env = os.environ
BUCKET, ROLE, CLUSTER = env["LINCHPIN_BUCKET"], env["LINCHPIN_ROLE_ARN"], env["LINCHPIN_CLUSTER"]
ACCOUNT = ROLE.split(":")[4]
REGION, ENDPOINT = env["AWS_REGION"], env["AWS_ENDPOINT_URL"]
HOST, PORT, DATABASE = env["LINCHPIN_HOST"], int(env["LINCHPIN_PORT"]), env["LINCHPIN_DATABASE"]
USER, PASSWORD, CA_FILE = env["LINCHPIN_USER"], env["LINCHPIN_PASSWORD"], env["LINCHPIN_CA_FILE"]
ADMIN = {
    "aws_access_key_id": env["LINCHPIN_ADMIN_ACCESS_KEY_ID"],
    "aws_secret_access_key": env["LINCHPIN_ADMIN_SECRET_ACCESS_KEY"],
}

s3 = boto3.client("s3")


def plainly(kind, error, trace):
    """An error that no check expects, without the insides of the clients: the lines of the tour, and what was said."""
    folder = os.path.dirname(__file__)
    for frame in traceback.extract_tb(trace):
        if frame.filename.startswith(folder):
            print(f"{os.path.relpath(frame.filename, folder)}:{frame.lineno}: {frame.line}", file=sys.stderr)
    print(f"{kind.__module__}.{kind.__name__}: {error}", file=sys.stderr)


sys.excepthook = plainly


def put(key, text):
    """Stages an object, and tells its URL."""
    s3.put_object(Bucket=BUCKET, Key=key, Body=text.encode())
    return f"s3://{BUCKET}/{key}"


def objects(prefix):
    """The texts of the objects under a prefix, by key."""
    found = s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
    keys = [each["Key"] for each in found]
    return {key: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode() for key in keys}


def equal(seen, expected, what):
    if seen != expected:
        raise SystemExit(f"{what}:\n  expected {expected!r}\n  seen     {seen!r}")


def holds(text, expected, what):
    if expected not in text:
        raise SystemExit(f"{what}:\n  expected {expected!r} in\n  seen     {text!r}")


def refused(kind, call, expected, what):
    """The error that a call must end with; a call that goes through fails the tour."""
    try:
        call()
    except kind as error:
        holds(str(error), expected, what)
        return error
    raise SystemExit(f"{what}: was accepted, expected {expected!r}")
