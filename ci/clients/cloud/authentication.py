"""Signatures as boto3 makes them, right and wrong: presigned URLs, clock, payload modes, session tokens."""

import datetime
import urllib.error
import urllib.parse
import urllib.request
from unittest import mock

import boto3
import botocore.auth
from botocore.config import Config
from botocore.exceptions import ClientError
from facts import BUCKET, equal, holds, refused

s3 = boto3.client("s3", config=Config(signature_version="s3v4"))
OBJECT = {"Bucket": BUCKET, "Key": "signed/a b"}


def fetch(url, method="GET", body=None, headers=None):
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def turned_away(url, status, *texts):
    seen, body = fetch(url)
    equal(seen, status, f"status of {urllib.parse.urlsplit(url).query}: {body}")
    for text in texts:
        holds(body, text, "body of a refusal")


def presigned():
    put = s3.generate_presigned_url("put_object", Params={**OBJECT, "ContentType": "text/csv"})
    equal(fetch(put, "PUT", b"presigned", {"Content-Type": "text/csv"})[0], 200, "a presigned PUT")
    get = s3.generate_presigned_url("get_object", Params=OBJECT, ExpiresIn=60)
    equal(fetch(get), (200, "presigned"), "a presigned GET")
    turned_away(get.replace("a%20b", "a%20c"), 403, "<Code>SignatureDoesNotMatch</Code>")
    turned_away(get.replace("Expires=60", "Expires=99"), 403, "<Code>SignatureDoesNotMatch</Code>")
    turned_away(get.split("&X-Amz-Signature")[0], 400, "<Code>AuthorizationQueryParametersError</Code>")
    unsigned = urllib.parse.urlsplit(get)._replace(query="").geturl()
    turned_away(unsigned, 403, "<Code>AccessDenied</Code>", "<Message>Access Denied</Message>")
    with at(minutes=-10):
        late = s3.generate_presigned_url("get_object", Params=OBJECT, ExpiresIn=60)
    turned_away(late, 403, "<Code>AccessDenied</Code>", "<Message>Request has expired</Message>")


def version_2():
    """boto3's presigned URLs bear a Signature Version 2 unless told otherwise, which new buckets do not take."""
    url = boto3.client("s3").generate_presigned_url("get_object", Params=OBJECT)
    text = "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
    turned_away(url, 400, "<Code>InvalidRequest</Code>", text)


def at(**ahead):
    """Signs as if the machine's clock were elsewhere."""
    now = datetime.datetime.now(datetime.UTC) + datetime.timedelta(**ahead)
    return mock.patch.object(botocore.auth, "get_current_datetime", lambda *_, **__: now.replace(tzinfo=None))


def clock():
    # The SDK learns the skew from the first refusal: a client of its own, and no second try.
    client = boto3.client("s3", config=Config(retries={"total_max_attempts": 1}))
    text = "The difference between the request time and the current time is too large."
    for minutes in (-16, 16):
        with at(minutes=minutes):
            error = refused(ClientError, lambda: client.list_objects_v2(Bucket=BUCKET), text, "a clock that is wrong")
        equal(error.response["Error"]["Code"], "RequestTimeTooSkewed", "code for a clock that is wrong")
    with at(minutes=14):
        client.list_objects_v2(Bucket=BUCKET)


def payloads():
    """Bodies hashed before, unsigned, and in chunks with a checksum behind."""
    for signed in (True, False):
        client = boto3.client("s3", config=Config(s3={"payload_signing_enabled": signed}))
        for algorithm in ("CRC32", "SHA1", "SHA256"):
            client.put_object(**OBJECT, Body=b"checked", ChecksumAlgorithm=algorithm)
            equal(client.get_object(**OBJECT)["Body"].read(), b"checked", f"a body with {algorithm}")
    plain = boto3.client("s3", config=Config(request_checksum_calculation="when_required"))
    plain.put_object(**OBJECT, Body=b"plain")
    equal(plain.get_object(**OBJECT)["Body"].read(), b"plain", "a body without a checksum")


def tokens():
    sts = boto3.client("sts")
    held = sts.get_session_token()["Credentials"]
    key = {"aws_access_key_id": held["AccessKeyId"], "aws_secret_access_key": held["SecretAccessKey"]}
    boto3.client("s3", aws_session_token=held["SessionToken"], **key).list_objects_v2(Bucket=BUCKET)
    for token, text in ((None, "InvalidAccessKeyId"), ("wrong", "InvalidToken")):
        client = boto3.client("s3", aws_session_token=token, **key)
        refused(ClientError, lambda: client.list_objects_v2(Bucket=BUCKET), text, f"a session with the token {token}")
    with_token = boto3.client("sts", aws_session_token="wrong", **key)
    refused(ClientError, with_token.get_caller_identity, "InvalidClientTokenId", "STS with a wrong token")


for each in (presigned, version_2, clock, payloads, tokens):
    each()
print("authentication: presigned URLs, clock, payload modes, tokens")
