"""COPY and UNLOAD of TPC-H lineitem against psql's \\copy into and out of the same PostgreSQL table."""
import os
import subprocess

import figures
import lineitem
import stack

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
REACH = {"text": 0.85, "gzip": 0.85, "unload": 0.85, "parquet": 0.6}


class Bench:
    """A stack with the data staged, and one table for both sides."""

    def __init__(self, running):
        self.running, self.rows = running, lineitem.rows()
        stack.psql(f"create table lineitem {lineitem.COLUMNS}", running.front())
        self.text = running.put("text/lineitem.tbl", lineitem.TEXT)
        for number in range(lineitem.PARTS):
            self.gzip = running.put(f"gzip/part-{number}.gz", lineitem.part(number)).rsplit("-", 1)[0]
        self.parquet = running.put("parquet/lineitem.parquet", lineitem.PARQUET)

    def rate(self, action):
        """Thousands of rows a second of something that fills the empty table."""
        stack.psql("truncate lineitem", self.running.direct())
        stack.psql("checkpoint", self.running.direct())
        taken = stack.seconds(action)
        loaded = int(stack.psql("select count(*) from lineitem", self.running.direct(), stdout=subprocess.PIPE))
        if loaded != self.rows:
            raise SystemExit(f"{loaded} rows of {self.rows} were loaded")
        return self.rows / 1000 / taken

    def reference_load(self):
        return self.rate(lambda: stack.psql(f"\\copy lineitem from '{lineitem.TEXT}' delimiter '|'", self.running.direct()))

    def copy(self, source, options):
        statement = f"copy lineitem from '{source}' {self.running.copy_options()} {options}"
        return self.rate(lambda: stack.psql(statement, self.running.front()))

    def copy_text(self):
        return self.copy(self.text, "delimiter '|'")

    def reference_unload(self):
        statement = "\\copy lineitem to stdout delimiter '|'"
        return self.rows / 1000 / stack.seconds(
            lambda: stack.psql(statement, self.running.direct(), stdout=subprocess.DEVNULL)
        )

    def unload(self):
        target = f"s3://{self.running.facts['LINCHPIN_BUCKET']}/out/lineitem_"
        options = f"{self.running.copy_options()} delimiter '|' parallel on allowoverwrite"
        statement = f"unload ('select * from lineitem') to '{target}' {options}"
        return self.rows / 1000 / stack.seconds(lambda: stack.psql(statement, self.running.front()))


def line(name, reference, target):
    """One line of the table; `null` and the refusal where linchpin does not carry it out."""
    try:
        references, targets, ratios = figures.interleaved(ROUNDS, reference, target)
    except stack.ClientError as error:
        figures.tell(f"{name}: {error}")
        return {"ratio": None, "reason": str(error)}
    figures.tell(f"{name}: {figures.summary(ratios)['median']}")
    return {
        "ratio": figures.judged(ratios, REACH[name]),
        "linchpin krows/s": figures.summary(targets, 0),
        "reference krows/s": figures.summary(references, 0),
    }


def main():
    lineitem.make()
    with stack.running() as running:
        bench = Bench(running)
        bench.reference_load()
        lines = {
            "text": line("text", bench.reference_load, bench.copy_text),
            "gzip": line("gzip", bench.reference_load, lambda: bench.copy(bench.gzip, "delimiter '|' gzip")),
            "unload": line("unload", bench.reference_unload, bench.unload),
            "parquet": line("parquet", bench.copy_text, lambda: bench.copy(bench.parquet, "format as parquet")),
        }
    references = {"text, gzip": "\\copy FROM STDIN", "unload": "COPY TO STDOUT", "parquet": "COPY of the text file"}
    figures.emit({"benchmark": "load and unload", "rows": bench.rows, "references": references, "lines": lines})


main()
