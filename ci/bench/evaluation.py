"""The policy engine's evaluations a second on one core, as its own benchmark prints them."""
import pathlib
import re
import subprocess

import figures

REACH = {"parsed_once": 250_000, "parsed_each_time": 60_000}
SECONDS = {"ns": 1e-9, "µs": 1e-6, "ms": 1e-3}
# `├─ NAME  FASTEST │ SLOWEST │ MEDIAN │ ..`
ROW = re.compile(r"^[├╰]─ (\w+) [^│]+│[^│]+│ ([\d.]+) (ns|µs|ms)", re.MULTILINE)


def medians(printed):
    """Seconds that the median evaluation takes, by the benchmark's name."""
    return {name: float(number) * SECONDS[unit] for name, number, unit in ROW.findall(printed)}


def main():
    command = ["cargo", "bench", "--locked", "-p", "linchpin-policy", "--bench", "evaluation"]
    root = pathlib.Path(__file__).resolve().parents[2]
    printed = subprocess.run(command, cwd=root, check=True, stdout=subprocess.PIPE, text=True).stdout
    taken = medians(printed)
    rates = {name: {"rate": round(1 / taken[name]), "reach": reach} for name, reach in REACH.items()}
    for name, figure in rates.items():
        figure["reached"] = figure["rate"] >= figure["reach"]
        figures.tell(f"{name}: {figure['rate']} evaluations a second")
    figures.emit({"benchmark": "evaluation", "unit": "evaluations/s on one core", "rates": rates})


if __name__ == "__main__":
    main()
