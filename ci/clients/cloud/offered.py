"""What the product offers: every operation that the services' models know is called once, and refuses by name or not."""

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from facts import ADMIN

REFUSAL = "linchpin does not offer"
# On the wire it is ListBuckets: S3 Express answers it under a host of its own.
TWINS = {"s3": {"ListDirectoryBuckets"}}
DUMMIES = {"CopySource": "none/none", "PartNumber": 1}


def dummy(shape, name=""):
    """A value that a request can be written with; what it says does not matter."""
    if name in DUMMIES:
        return DUMMIES[name]
    if shape.type_name == "structure":
        return {each: dummy(shape.members[each], each) for each in shape.required_members}
    values = {"list": [], "map": {}, "boolean": True, "blob": b"", "timestamp": 0, "string": "none"}
    return values.get(shape.type_name, 1)


def is_offered(client, model):
    parameters = dummy(model.input_shape) if model.input_shape else {}
    try:
        client._make_api_call(model.name, parameters)
    except ClientError as error:
        told = error.response["Error"]
        # Some operations are not signed; where one of them is not offered, the missing signature is noticed first.
        return REFUSAL not in told.get("Message", "") and told["Code"] != "MissingAuthenticationToken"
    return True


def offered(service):
    config = Config(parameter_validation=False, inject_host_prefix=False, s3={"addressing_style": "path"})
    client = boto3.client(service, config=config, **ADMIN)
    model = client.meta.service_model
    names = set(model.operation_names) - TWINS.get(service, set())
    return {name for name in names if is_offered(client, model.operation_model(name))}
