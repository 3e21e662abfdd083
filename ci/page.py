#!/usr/bin/env python3
"""Follows scenarios/README.md as a newcomer would: writes the files it shows, runs its commands, compares what they print.

A yaml block begins with the path of the file that it is. A text block is what the command before it printed, line by line, with
`…` in place of anything; the command fails where the text tells of a failure, and nowhere else. And every key that a scenario of
the repository uses stands in the page's tables.

`ci/page.py PROGRAM` runs another program than `cargo run --release --`.
"""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "scenarios/README.md"
CARGO = "cargo run --release --"
BLOCK = re.compile(r"^```(yaml|sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
KEY = re.compile(r"(?:^|[{,\[]\s*|\s-\s+)([a-z][a-z -]*?):(?=\s|$)")
QUOTED = re.compile(r"""(?<=[\s\[{,])("(?:\\.|[^"\\\n])*"|'[^'\n]*')|(?:^|(?<=\s))#.*""", re.MULTILINE)
NAMED = re.compile(r"(?<=\bof: )\{[^{}]*\}")


def write(block: str) -> Path:
    path = ROOT / block.splitlines()[0].removeprefix("# ")
    path.parent.mkdir(exist_ok=True)
    path.write_text(block)
    return path


def run(line: str, program: str) -> tuple[int, str]:
    command = shlex.split(line.replace(CARGO, program))
    print("$", line, flush=True)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout + done.stderr


def compare(told: str, code: int, printed: str) -> None:
    lines = iter(printed.splitlines())
    for line in told.splitlines():
        pattern = ".*".join(re.escape(part) for part in line.rstrip().split("…"))
        if not any(re.fullmatch(pattern, given.rstrip()) for given in lines):
            sys.exit(f"the page says `{line}`, and the program printed:\n{printed}")
    if (code != 0) != ("FAIL" in told or "error:" in told):
        sys.exit(f"it ended with {code}, and the page says:\n{told}")


def follow(page: str, program: str) -> None:
    written, answer = set(), None
    try:
        for kind, block in BLOCK.findall(page):
            match kind:
                case "yaml":
                    written.add(write(block).parent)
                case "sh":
                    answer = [run(line, program) for line in block.splitlines()][-1]
                case "text":
                    compare(block, *answer)
    finally:
        for folder in written:
            shutil.rmtree(folder)


def keys(text: str) -> set[str]:
    """The keys of flow and block mappings; texts in quotes, and what a scenario or a service names, are left out."""
    found = set()
    for line in NAMED.sub("", QUOTED.sub('""', text)).splitlines():
        named = re.match(r"^  [^ -][^:]*: *", line)
        found.update(KEY.findall(line[named.end() :] if named else line))
    return found


def every_key_is_told(page: str) -> None:
    told = set(re.findall(r"[`{, ]([a-z][a-z -]*?):", page))
    axes = set()
    for path in sorted((ROOT / "scenarios").glob("*/*.yaml")):
        text = path.read_text()
        matrix = re.search(r"^matrix:\n((?:  .*\n)+)", text, re.MULTILINE)
        axes.update(re.findall(r"^  ([^ :][^:]*):", matrix[1], re.MULTILINE) if matrix else [])
        if missing := keys(text) - told - axes:
            sys.exit(f"{path}: the page does not tell of {sorted(missing)}")


def main() -> None:
    program = sys.argv[1] if len(sys.argv) > 1 else CARGO
    page = PAGE.read_text()
    every_key_is_told(page)
    follow(page, program)


main()
