"""Interleaved runs and what becomes of them."""
import json
import statistics
import sys


def summary(values, digits=3):
    return {
        "median": round(statistics.median(values), digits),
        "min": round(min(values), digits),
        "max": round(max(values), digits),
        "runs": len(values),
    }


def interleaved(rounds, reference, target):
    """Rates of R T R T .. R: each target stands between two references, and its ratio is to their mean."""
    references, targets = [reference()], []
    for _ in range(rounds):
        targets.append(target())
        references.append(reference())
    neighbours = [sum(pair) / 2 for pair in zip(references, references[1:])]
    return references, targets, [rate / mean for rate, mean in zip(targets, neighbours)]


def judged(ratios, reach):
    """A ratio beside the one that it should reach."""
    figure = summary(ratios)
    return figure | {"reach": reach, "reached": figure["median"] >= reach}


def emit(document):
    print(json.dumps(document, indent=1))


def tell(text):
    print(text, file=sys.stderr, flush=True)
