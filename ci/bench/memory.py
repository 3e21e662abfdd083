"""Peak resident memory of linchpin's own process, without its PostgreSQL, over a COPY and an UNLOAD of 2 GB."""
import os
import shutil

import figures
import lineitem
import stack

SIZE = int(os.environ.get("BENCH_BYTES", 2_000_000_000))
REACH_MB = 200


def write_repeated(path, size):
    """Whole copies of the text, until there are `size` bytes."""
    with open(path, "wb") as out:
        while out.tell() < size:
            with open(lineitem.TEXT, "rb") as text:
                shutil.copyfileobj(text, out, 1 << 20)


def peak_mb(process, action):
    """The highest resident size while `action` runs."""
    with open(f"/proc/{process}/clear_refs", "w") as file:
        file.write("5")
    action()
    return stack.resident_mb(process, "VmHWM")


def main():
    lineitem.make()
    file = stack.SCRATCH / "memory.tbl"
    write_repeated(file, SIZE)
    peaks = {}
    try:
        with stack.running() as running:
            stack.psql(f"create table lineitem {lineitem.COLUMNS}", running.front())
            source = f"s3://{running.facts['LINCHPIN_BUCKET']}/memory.tbl"
            target = f"s3://{running.facts['LINCHPIN_BUCKET']}/out/memory_"
            options = f"{running.copy_options()} delimiter '|'"
            actions = {
                "idle": lambda: None,
                "put": lambda: running.put("memory.tbl", file),
                "copy": lambda: stack.psql(f"copy lineitem from '{source}' {options}", running.front()),
                "unload": lambda: stack.psql(
                    f"unload ('select * from lineitem') to '{target}' {options}", running.front()
                ),
            }
            for name, action in actions.items():
                peaks[name] = peak_mb(running.process.pid, action)
                figures.tell(f"{name}: {peaks[name]} MB")
    finally:
        file.unlink()
    reached = all(peaks[name] < REACH_MB for name in ("copy", "unload"))
    figures.emit({"benchmark": "memory", "bytes": SIZE, "peak MB": peaks, "reach MB": REACH_MB, "reached": reached})


main()
