#!/usr/bin/env python3
"""Takes each statement, action and grant out of the fixtures in turn, and sees that a scenario turns red.

A mutant is one document of fixtures/, or one scenario with a grant in its own text, with one part taken out. Every scenario
that names the document runs on a copy that names the mutant instead; the same scenarios run on the documents as they are
too, since a scenario that is red by itself shows nothing. All of it is one run of `linchpin check`, in a temporary folder.

A mutant that turns no scenario red survives: nothing needs the part, or nothing proves that something does. Survivors
stand in ci/mutation-survivors.txt with their reason, and nothing else stands there.

Exit 0: no survivor but those, 1: not so, 2: it could not run.
"""

import argparse
import fnmatch
import json
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from shutil import copytree

ROOT = Path(__file__).resolve().parent.parent
SURVIVORS = ROOT / "ci/mutation-survivors.txt"

# What every user has: it stands where a grant stood, in SQL and in PL/pgSQL.
NOTHING_GRANTED = "grant usage on schema pg_catalog to public"
KIND, NAMES = r"on(?: database| schema)?", r'[\w.${}"]+(?:, [\w.${}"]+)*'
GRANTS = re.compile(
    rf"grant (?P<privileges>\w+(?:, \w+)*) (?P<kind>{KIND}) (?P<names>{NAMES}) (?P<to>to (?:group )?\w+)"
    rf"|revoke \w+(?:, \w+)* {KIND} {NAMES} from (?:group )?\w+"
    r"|create (?:user|group) [^,;\"}\n]+"
    r"|alter group \w+ add user \w+"
    r"|alter table [\w.]+ owner to \w+"
)
# What of a scenario's text is prose: it may speak of grants.
PROSE = re.compile(r"#.*|^scenario:.*|(?:not pulled|does not matter):.*", re.MULTILINE)

# What stands behind `instead:` of a pin that is never pulled is never put in.
NEVER_PUT_IN = re.compile(r"instead: \S+(?=[^\n]*not pulled:)")

# What no scenario calls, by service: a document whose only statement goes denies this, since it must have a statement.
NEVER_CALLED = {
    "s3": "s3:ListAllMyBuckets",
    "kms": "kms:ListAliases",
    "sts": "sts:TagSession",
    "redshift": "redshift:RebootCluster",
    "redshift-data": "redshift-data:CancelStatement",
}

# `did not matter` is green where the scenario says so; where it does not, `linchpin check` itself is red.
GREEN = ("held", "broke as told", "did not matter")

# A pull of the very action that the mutant lacks cannot be set up: that is no proof.
NOT_THERE = "so it cannot be pulled"


class CannotRun(Exception):
    """A line for the person who must act."""


@dataclass
class Mutant:
    source: str
    removed: str
    text: str
    scenarios: list[str] = field(default_factory=list)
    red: list[dict] = field(default_factory=list)
    reason: str | None = None

    @property
    def outcome(self):
        return "killed" if self.red else "allowed" if self.reason else "survived"


# --- what is taken out


def mutants_of_document(source, text):
    """Each statement, and each action of a statement with several."""
    document = json.loads(text)
    statements = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
    for at, statement in enumerate(statements):
        name = statement.get("Sid", at + 1)
        rest = statements[:at] + statements[at + 1 :] or [denies_nothing(source, statement)]
        yield mutant_of_document(source, f"statement {name}", document, rest)
        for key in ("Action", "NotAction"):
            actions = statement.get(key, [])
            for action in actions if isinstance(actions, list) and len(actions) > 1 else []:
                less = {**statement, key: [other for other in actions if other != action]}
                removed = f"{'action' if key == 'Action' else 'exception'} {action}"
                yield mutant_of_document(source, removed, document, statements[:at] + [less] + statements[at + 1 :])


def mutant_of_document(source, removed, document, statements):
    return Mutant(source, removed, json.dumps({**document, "Statement": statements}, indent=2))


def denies_nothing(source, statement):
    less = {key: value for key, value in statement.items() if key not in ("Action", "NotAction")}
    actions = statement.get("Action") or statement["NotAction"]
    service = (actions if isinstance(actions, str) else actions[0]).split(":")[0]
    if service not in NEVER_CALLED:
        raise CannotRun(f"{source}: NEVER_CALLED in ci/mutation.py has no action of `{service}`")
    return {**less, "Effect": "Deny", "Action": NEVER_CALLED[service]}


def mutants_of_sql(source, text):
    """Each grant, revoke, membership and owner, and each privilege on each object of a grant with several."""
    code = PROSE.sub(lambda prose: " " * len(prose[0]), text)
    for grant in GRANTS.finditer(code):
        yield Mutant(source, grant[0], replaced(text, grant, NOTHING_GRANTED))
        single = single_grants(grant)
        for one in single if len(single) > 1 else []:
            others = "; ".join(other for other in single if other != one)
            yield Mutant(source, one, replaced(text, grant, others))
    unread = re.search(r"\b(grant|revoke) .*", GRANTS.sub("", code))
    if unread:
        raise CannotRun(f"{source}: `{unread[0].strip()}` is in no form that GRANTS in ci/mutation.py knows")


def single_grants(grant):
    if not grant["privileges"]:
        return []
    pairs = product(grant["privileges"].split(", "), grant["names"].split(", "))
    return [f"grant {privilege} {grant['kind']} {name} {grant['to']}" for privilege, name in pairs]


def replaced(text, match, by):
    return text[: match.start()] + by + text[match.end() :]


def mutants_of_fixture(source, text):
    if source.endswith(".sql"):
        return list(mutants_of_sql(source, text))
    try:
        return list(mutants_of_document(source, text))
    except json.JSONDecodeError:
        # It survives as it is, and so has to be told with its reason like any other.
        return [Mutant(source, "no part: it is no JSON", text)]


# --- who uses it


def mention(source):
    """The document's path in a scenario's text, or its name alone as a value of the matrix."""
    folder, name = source.rsplit("/", 1)
    return re.compile(rf"(?<![\w/-])({folder}/)?{re.escape(name)}")


def all_mutants(fixtures, scenarios):
    put_in = {name: NEVER_PUT_IN.sub("", text) for name, text in scenarios.items()}
    for source, text in fixtures.items():
        users = [name for name, scenario in put_in.items() if mention(source).search(scenario)]
        for mutant in mutants_of_fixture(source, text):
            mutant.scenarios = users
            yield mutant
    for name, text in scenarios.items():
        for mutant in mutants_of_sql(f"scenarios/{name}", text):
            mutant.scenarios = [name]
            yield mutant


def read_all(folder, *patterns):
    files = sorted(file for pattern in patterns for file in folder.glob(pattern))
    return {file.relative_to(folder).as_posix(): file.read_text() for file in files}


# --- the run


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def write_copies(work, mutants, scenarios):
    copytree(ROOT / "fixtures", work / "fixtures")
    for name in {name for mutant in mutants for name in mutant.scenarios}:
        write(work / "scenarios/intact" / name, scenarios[name])
    for at, mutant in enumerate(mutants):
        if mutant.source.startswith("scenarios/"):
            write(work / f"scenarios/{at}" / mutant.scenarios[0], mutant.text)
            continue
        write(work / f"fixtures/{at}" / mutant.source, mutant.text)
        for name in mutant.scenarios:
            write(work / f"scenarios/{at}" / name, naming(scenarios[name], mutant.source, at))


def naming(scenario, source, at):
    def mutants_path(found):
        return f"{at}/{source}" if found[1] else f"../{at}/{source}"

    return mention(source).sub(mutants_path, scenario)


def check(program, work, jobs):
    command = [program, "check", "--scenarios", work / "scenarios", "--fixtures", work / "fixtures"]
    command += ["--report", work / "report"] + (["--jobs", str(jobs)] if jobs else [])
    try:
        run = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    except OSError as error:
        raise CannotRun(f"`{program}` cannot be run ({error}): build it with `cargo build --release`") from error
    report = work / "report/report.json"
    if not report.exists():
        raise CannotRun(f"`linchpin check` ended with {run.returncode} and no report:\n{run.stderr[-2000:]}")
    return json.loads(report.read_text())["trials"]


def how(trial, intact):
    """How a trial turned red; none where it came to the same, was skipped, or could not lose what is not there."""
    if trial["verdict"] in (intact["verdict"], "skipped") or NOT_THERE in (trial["cause"] or ""):
        return None
    what = "baseline" if trial["pulled"] is None else "pull"
    return f"{what} {trial['verdict']}"


def judge(mutants, trials):
    """A report holds the trials of a scenario in one order, so they stand side by side with those of its intact copy."""
    groups = {}
    for trial in trials:
        group, scenario = trial["scenario"].split("/", 1)
        groups.setdefault(group, {}).setdefault(f"{scenario}.yaml", []).append(trial)
    intact = groups.pop("intact")
    for trial in (trial for trials in intact.values() for trial in trials):
        if trial["verdict"] not in GREEN:
            raise CannotRun(f"{trial['scenario']} is red before anything is taken out: mend it first\n{trial}")
    for group, scenarios in groups.items():
        for scenario, trials in scenarios.items():
            for trial, before in zip(trials, intact[scenario], strict=True):
                if way := how(trial, before):
                    told = {key: trial[key] for key in ("cell", "pulled", "step", "error", "cause") if trial[key]}
                    mutants[int(group)].red.append({"scenario": scenario, "how": way, **told})


# --- survivors that are known


def read_survivors(filters):
    lines = [line for line in SURVIVORS.read_text().splitlines() if line and not line.startswith("#")]
    split = [[part.strip() for part in line.split("|")] for line in lines]
    wrong = [line for line, parts in zip(lines, split) if len(parts) != 3 or not all(parts)]
    if wrong:
        raise CannotRun(f"{SURVIVORS.name}: `{wrong[0]}` is not `SOURCE | REMOVED | REASON`")
    return [parts for parts in split if wanted(parts[0], filters)]


def allow(mutants, survivors):
    """Gives survivors their reasons; the lines that fit none are stale."""
    stale = []
    for source, removed, reason in survivors:
        named = [m for m in mutants if m.source == source and fnmatch.fnmatchcase(m.removed, removed)]
        for mutant in named:
            mutant.reason = reason
        if not named or any(mutant.red for mutant in named):
            stale.append(f"{source} | {removed}")
    return stale


# --- what is told


def told(mutant):
    if not mutant.red:
        return mutant.reason or f"none of {len(mutant.scenarios)} scenarios turned red"
    by_way = {}
    for red in mutant.red:
        by_way.setdefault(red["how"], {})[red["scenario"]] = None
    ways = []
    for way, names in by_way.items():
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        ways.append(f"{way}: {', '.join(list(names)[:3])}{more}")
    return "; ".join(ways)


def table(mutants):
    rows = [(mutant.outcome, mutant.source, mutant.removed, told(mutant)) for mutant in mutants]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, [*widths, 0])) for row in rows)


def document(mutants, seconds):
    keys = ("source", "removed", "outcome", "reason", "scenarios", "red")
    return {
        "seconds": round(seconds, 1),
        "summary": Counter(mutant.outcome for mutant in mutants),
        "mutants": [{key: getattr(mutant, key) for key in keys} for mutant in mutants],
    }


def wanted(source, filters):
    return not filters or any(text in source for text in filters)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("filters", nargs="*", help="only fixtures and scenarios whose path holds one of these texts")
    parser.add_argument("--program", default=ROOT / "target/release/linchpin", help="the linchpin to run")
    parser.add_argument("--jobs", type=int, help="how many trials run at a time")
    parser.add_argument("--report", type=Path, default=ROOT / "target/linchpin", help="the folder of the report")
    options = parser.parse_args()
    start = time.monotonic()
    scenarios = read_all(ROOT / "scenarios", "*/*.yaml")
    fixtures = read_all(ROOT / "fixtures", "*/*.json", "*/*.sql")
    mutants = [m for m in all_mutants(fixtures, scenarios) if wanted(m.source, options.filters)]
    survivors = read_survivors(options.filters)
    if not mutants:
        raise CannotRun("no fixture and no scenario with a grant has such a path")
    with tempfile.TemporaryDirectory(prefix="linchpin-mutation-") as work:
        # Where root runs this, the agents are another user, who reads the fixtures too.
        Path(work).chmod(0o755)
        write_copies(Path(work), mutants, scenarios)
        judge(mutants, check(options.program, Path(work), options.jobs))
    stale = allow(mutants, survivors)
    result = document(mutants, time.monotonic() - start)
    write(options.report / "mutation.json", json.dumps(result, indent=2) + "\n")
    write(options.report / "mutation.txt", table(mutants) + "\n")
    print(table(mutants))
    for line in stale:
        print(f"{SURVIVORS.name}: `{line}` fits no survivor any more: take the line out")
    counts = ", ".join(f"{count} {outcome}" for outcome, count in result["summary"].items())
    print(f"\n{len(mutants)} mutants in {result['seconds']} s: {counts}")
    return 1 if stale or result["summary"]["survived"] else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CannotRun as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
