"""The steps of a tour, as data. A line of a `.tour` file is

    [caller] region service Operation {parameters} -> expectation & expectation

Caller and region may be left out: the account's root calls, in the cluster's region. An expectation is one of

    ok                         the call goes through
    EXPRESSION is VALUE        a JMESPath expression over the answer, and what it gives
    save NAME from EXPRESSION  `$NAME` stands for it from there on
    as NAME                    the answer's credentials are the caller NAME from there on
    refused CODE TEXT          the error's code, and a part of its message

A document stands in the parameters as JSON where the service takes its text.
"""

import json
import re
from dataclasses import dataclass

import jmespath

LINE = re.compile(r"(?:\[(?P<caller>\S+)\] )?(?:(?P<region>\w+-\w+-\d) )?(?P<call>\w+ \w+)(?: (?P<parameters>\{.*\}))? -> (?P<expected>.+)")


@dataclass
class Step:
    place: str
    caller: str
    region: str
    service: str
    operation: str
    parameters: dict
    expected: list

    @property
    def is_refusal(self):
        return self.expected[0].startswith("refused ")


class Refusal(Exception):
    """The service's error; its status where a HEAD has no code."""

    def __init__(self, code, message):
        super().__init__(f"{code} {message}")


def read(path):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line and not line.startswith("#"):
            found = LINE.fullmatch(line)
            if found is None:
                raise SystemExit(f"{path.name}:{number}: not a step: {line}")
            service, operation = found["call"].split()
            expected = found["expected"].split(" & ")
            parameters = json.loads(found["parameters"] or "{}")
            place = f"{path.name}:{number}"
            yield Step(place, found["caller"] or "root", found["region"] or "", service, operation, parameters, expected)


def fill(value, names):
    """The value with what the `$NAME`s in it stand for."""
    if isinstance(value, dict):
        return {fill(key, names): fill(each, names) for key, each in value.items()}
    if isinstance(value, list):
        return [fill(each, names) for each in value]
    if not isinstance(value, str):
        return value
    if value.startswith("$") and value[1:] in names:
        return names[value[1:]]
    return re.sub(r"\$(\w+)", lambda found: str(names[found[1]]), value)


def shaped(shape, value):
    """The value as boto3 wants it: documents as text, blobs as bytes."""
    kind = shape.type_name if shape else None
    if kind == "structure":
        return {key: shaped(shape.members.get(key), each) for key, each in value.items()}
    if kind == "map":
        return {key: shaped(shape.value, each) for key, each in value.items()}
    if kind == "list":
        return [shaped(shape.member, each) for each in value]
    if kind == "string" and isinstance(value, dict):
        return json.dumps(value)
    if kind == "blob" and isinstance(value, str):
        return value.encode()
    return value


def shown(value):
    """A value of an answer as tours write it."""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), default=str)


def judge(expectations, answer, names, callers):
    """What is wrong with an answer, if anything is; it keeps what the step saves."""
    for expected in expectations:
        if expected.startswith("save "):
            name, expression = expected.removeprefix("save ").split(" from ")
            names[name] = jmespath.search(expression, answer)
        elif expected.startswith("as "):
            key = answer.get("AccessKey") or answer["Credentials"]
            callers[expected.removeprefix("as ")] = (key["AccessKeyId"], key["SecretAccessKey"], key.get("SessionToken"))
        elif expected != "ok":
            expression, value = expected.split(" is ", 1)
            seen = shown(jmespath.search(expression, answer))
            if seen != value:
                return f"{expression} is {seen}, expected {value}"
    return None
