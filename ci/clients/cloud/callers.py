"""The two clients that take a tour: boto3, and the AWS CLI inside this process (a start of its own takes a second)."""

import contextlib
import functools
import io
import json
import re
import tempfile
from base64 import b64decode
from pathlib import Path

import boto3
import botocore.session
from awscli.clidriver import create_clidriver
from botocore import UNSIGNED, xform_name
from botocore.config import Config
from botocore.exceptions import ClientError
from steps import Refusal, shaped

ERROR = re.compile(r"An error occurred \((\S+)\) when calling the \w+ operation[^:]*: (.*)", re.DOTALL)
service_model = functools.cache(botocore.session.get_session().get_service_model)


def operation(service, name):
    model = service_model(service)
    if name not in model.operation_names:
        raise SystemExit(f"{service} has no operation {name}")
    return model.operation_model(name)


class Boto3:
    name = "boto3"

    def call(self, key, region, service, model, parameters):
        call = getattr(_client(key, region, service), xform_name(model.name))
        try:
            answer = call(**shaped(model.input_shape, parameters))
        except ClientError as error:
            raise Refusal(error.response["Error"]["Code"], error.response["Error"].get("Message", "")) from None
        if model.has_streaming_output:
            answer["Body"] = answer["Body"].read()
        return answer


@functools.cache
def _client(key, region, service):
    access, secret, token = key or (None, None, None)
    return boto3.client(
        service, region_name=region, aws_access_key_id=access, aws_secret_access_key=secret, aws_session_token=token,
        config=None if key else Config(signature_version=UNSIGNED),
    )


@functools.cache
def _driver(key):
    driver = create_clidriver()
    if key:
        driver.session.set_credentials(*key)
    return driver


class Cli:
    name = "AWS CLI"

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()

    def call(self, key, region, service, model, parameters):
        driver = _driver(key)
        folder = Path(self.folder.name)
        command = ["s3api" if service == "s3" else service, xform_name(model.name, "-"), "--region", region, "--no-paginate"]
        command += [] if key else ["--no-sign-request"]
        if model.has_streaming_output:  # these take no JSON document
            command += [word for name, value in parameters.items() for word in (_flag(name), value)] + [str(folder / "out")]
        else:
            command += _arguments(shaped(model.input_shape, parameters), folder)
        told, wrong = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(told), contextlib.redirect_stderr(wrong):
            status = driver.main(command)
        if status != 0:
            found = ERROR.search(wrong.getvalue())
            raise Refusal(*found.groups()) if found else SystemExit(f"aws {' '.join(command)}: {wrong.getvalue()}")
        answer = _with_blobs(model.output_shape, json.loads(told.getvalue() or "{}"))
        if model.has_streaming_output:
            answer["Body"] = (folder / "out").read_bytes()
        return answer


def _flag(name):
    return f"--{xform_name(name, '-')}"


def _arguments(parameters, folder):
    """Blobs come from files; everything else is one JSON document."""
    arguments, others = [], {}
    for name, value in parameters.items():
        if isinstance(value, bytes):
            path = folder / name
            path.write_bytes(value)
            arguments += [_flag(name), str(path) if name == "Body" else f"fileb://{path}"]
        else:
            others[name] = value
    return [*arguments, "--cli-input-json", json.dumps(others)]


def _with_blobs(shape, answer):
    """The CLI prints blobs in base64."""
    members = shape.members if shape else {}
    is_blob = lambda name: name in members and members[name].type_name == "blob"
    return {name: b64decode(value) if is_blob(name) else value for name, value in answer.items()}
