#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Predicts whole networks by a regression over single kernels, beside archcost's composed predictions.

    bench/latency/regression.py DB [--engine onnxruntime] [--threads 1] [--archcost PROGRAM]

DB is a latency database with figures of kernels and with checks of whole networks (archcost profile
and archcost db check, of other networks). The regression is that of nn-Meter (MobiSys 2021): one
random forest for each class of kernels, over sizes, kernel, stride and multiply-adds, of the kernels
that the engine fuses. Needs Debian's python3-sklearn.
"""
import argparse
import json
import re
import subprocess
import sys

import numpy
from sklearn.ensemble import RandomForestRegressor

SHAPE = re.compile(r"(\d+)x(\d+)x(\d+)x(\d+)")


def run(arguments, allowed=(0,)):
    done = subprocess.run(arguments, capture_output=True, text=True)
    if done.returncode not in allowed:
        sys.exit(done.stderr)
    return done.stdout


def kernel_of(problem):
    """The class of a kernel and its features, from the text of its problem."""
    kind, _, rest = problem.partition(" ")
    shapes = [[int(part) for part in found] for found in SHAPE.findall(rest)]
    first, last = shapes[0], shapes[-1]
    elements = [sum(numpy.prod(shape, dtype=float) for shape in shapes[:-1] or shapes), numpy.prod(last, dtype=float)]
    features = [first[1], last[1], first[2], last[2]] + elements
    if kind == "conv":
        numbers = [int(number) for number in re.findall(r"(?<![\w.])\d+(?![\w.])", rest.split(">")[1])]
        _, high, wide, down, _, _, _, groups = numbers[:8]
        kind += " depthwise" if groups == first[1] > 1 else " grouped" if groups > 1 else ""
        kind += f" {high}x{wide}" if high * wide == 1 else ""
        features += [high, wide, down, groups, elements[1] * first[1] / groups * high * wide]
    else:
        features += [elements[0] * last[1]]
    return kind, features


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("db")
    parser.add_argument("--engine", default="onnxruntime")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--archcost", default="build/release/archcost")
    options = parser.parse_args()

    figures = [json.loads(line) for line in run([options.archcost, "db", "export", "--db", options.db]).splitlines()]
    figures = [one for one in figures if one["threads"] == options.threads and one["machine"]["engine"] == options.engine]
    samples = {}
    for one in figures:
        if one["figure"] == "layer" and one["seconds"] > 0 and SHAPE.search(one["problem"]):
            kind, features = kernel_of(one["problem"])
            samples.setdefault(kind, []).append((features, one["seconds"]))
    forests = {}
    for kind, pairs in samples.items():
        forest = RandomForestRegressor(n_estimators=100, random_state=0)
        forests[kind] = forest.fit([pair[0] for pair in pairs], numpy.log([pair[1] for pair in pairs]))

    errors = []
    for check in (one for one in figures if one["figure"] == "check"):
        predicted = json.loads(run([options.archcost, "predict", check["network"], "--engine", options.engine, "--threads",
                                    str(options.threads), "--db", options.db, "--estimate", "--format", "json"], (0, 3)))
        if not predicted["complete"]:  # as for composed predictions
            print(f"{check['network']}: kernels of kinds that no profiled network has", file=sys.stderr)
            continue
        total = 0.0
        for row in predicted["rows"]:
            if not row.get("problem") or not SHAPE.search(row["problem"]):
                continue
            kind, features = kernel_of(row["problem"])
            if kind in forests:
                total += float(numpy.exp(forests[kind].predict([features])[0]))
        errors.append(total / check["seconds"] - 1)
        print(f"{check['network']:60} {check['seconds'] * 1e3:9.3f} ms {total * 1e3:9.3f} ms {100 * errors[-1]:7.1f} %", file=sys.stderr)
    errors = numpy.array(errors)
    print(f"{len(errors)} networks: RMSPE {100 * numpy.sqrt((errors ** 2).mean()):.2f} %, bias {100 * errors.mean():.2f} %, "
          f"within 5 % {100 * (abs(errors) <= 0.05).mean():.1f} %, within 10 % {100 * (abs(errors) <= 0.1).mean():.1f} %")


if __name__ == "__main__":
    main()
