"""Drives boto3 or the AWS CLI through every operation that is offered: each is carried out, and each is refused.

usage: tour.py boto3|cli [FILE.tour ...]
"""

import sys
from pathlib import Path

from callers import Boto3, Cli, operation
from facts import ACCOUNT, ADMIN, BUCKET, CLUSTER, REGION, ROLE, env
from offered import offered
from steps import Refusal, fill, judge, read

CLIENTS = {"boto3": Boto3(), "cli": Cli()}
SERVICES = ["iam", "sts", "kms", "s3", "redshift"]


def cast():
    """The callers of a tour before it makes some of its own; nobody has no key."""
    connector = env["AWS_ACCESS_KEY_ID"]
    return {
        "root": (*ADMIN.values(), None),
        "connector": (connector, env["AWS_SECRET_ACCESS_KEY"], None),
        "forger": (connector, "x" * 40, None),
        "stranger": ("AKIAAAAAAAAAAAAAAAAA", "x" * 40, None),
        "nobody": None,
    }


def take(step, client, names, callers):
    """What is wrong with how a step went, if anything is."""
    model = operation(step.service, step.operation)
    try:
        key, parameters, expected = callers[step.caller], fill(step.parameters, names), fill(step.expected, names)
    except KeyError as name:
        return f"needs {name}, which no step before has saved"
    try:
        answer = client.call(key, step.region or REGION, step.service, model, parameters)
    except Refusal as refusal:
        code, _, text = " & ".join(expected).removeprefix("refused ").partition(" ")
        as_told = step.is_refusal and str(refusal).startswith(f"{code} ") and text in str(refusal)
        return None if as_told else f"refused {refusal}"
    return "went through" if step.is_refusal else judge(expected, answer, names, callers)


def walk(client, paths):
    names = {"account": ACCOUNT, "bucket": BUCKET, "cluster": CLUSTER, "role": ROLE, "region": REGION}
    callers, taken, wrong = cast(), set(), []
    for step in (step for path in paths for step in read(path)):
        mistake = take(step, client, names, callers)
        taken.add((step.service, step.operation, step.is_refusal))
        if mistake:
            wrong.append(f"{step.place} {step.service} {step.operation}, {client.name}: {mistake}")
            wrong.append(f"    expected {' & '.join(step.expected)}")
    return taken, wrong


def untouched(taken):
    """Operations that are offered, and lack a step that carries them out or one that is refused."""
    for service in SERVICES:
        for name in sorted(offered(service)):
            for is_refusal, kind in ((False, "carries it out"), (True, "is refused")):
                if (service, name, is_refusal) not in taken:
                    yield f"{service} {name} is offered, and no step of a tour {kind}"


def main(client, *files):
    client = CLIENTS[client]
    paths = [Path(each) for each in files] or [Path(__file__).parent / f"{service}.tour" for service in SERVICES]
    taken, mistakes = walk(client, paths)
    if not files:
        mistakes += untouched(taken)
    if mistakes:
        raise SystemExit("\n".join(mistakes))
    steps, operations = sum(1 for path in paths for _ in read(path)), {each[:2] for each in taken}
    print(f"{client.name}: {steps} steps, {len(operations)} operations")


main(*sys.argv[1:])
