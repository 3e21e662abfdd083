"""TPC-H lineitem: about a million rows as pipe-delimited text, as 8 gzip files, and as Parquet. Made once, by tpchgen-cli."""
import gzip
import os
import subprocess
import sysconfig

from stack import SCRATCH

# lineitem has 6,001,215 rows at scale 1.
SCALE = os.environ.get("BENCH_SCALE", "0.1667")
PARTS = 8
FOLDER = SCRATCH / f"lineitem-{SCALE}"
TEXT = FOLDER / "lineitem.tbl"
PARQUET = FOLDER / "lineitem.parquet"

COLUMNS = """(l_orderkey bigint, l_partkey bigint, l_suppkey bigint, l_linenumber int, l_quantity decimal(15,2),
l_extendedprice decimal(15,2), l_discount decimal(15,2), l_tax decimal(15,2), l_returnflag char(1), l_linestatus char(1),
l_shipdate date, l_commitdate date, l_receiptdate date, l_shipinstruct varchar(25), l_shipmode varchar(10),
l_comment varchar(44))"""


def part(number):
    return FOLDER / f"part-{number}.gz"


def rows():
    with open(TEXT, "rb") as text:
        return sum(block.count(b"\n") for block in iter(lambda: text.read(1 << 22), b""))


def make():
    """Makes what is not there."""
    if part(PARTS - 1).exists():
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    generate("parquet")
    generate("tbl")
    # The generator ends each line with a delimiter, which would be one column more.
    with open(TEXT, "rb") as text:
        lines = [line[:-2] + b"\n" for line in text]
    TEXT.write_bytes(b"".join(lines))
    for number in range(PARTS):
        share = lines[len(lines) * number // PARTS : len(lines) * (number + 1) // PARTS]
        part(number).write_bytes(gzip.compress(b"".join(share), compresslevel=1))


def generate(form):
    program = os.path.join(sysconfig.get_path("scripts"), "tpchgen-cli")
    arguments = [program, form, "-s", SCALE, "--tables", "lineitem", "--output-dir", str(FOLDER)]
    subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL)
