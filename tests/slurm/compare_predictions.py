#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Predictions of a list of networks from two databases beside each other.

compare_predictions.py NETWORKS.csv A.db B.db: prints the median and the largest difference; status 1
if a network has no complete prediction, or the median difference is above 5 %.
"""

import csv
import json
import statistics
import subprocess
import sys


def predicted(network, database):
    run = subprocess.run(
        ["archcost", "predict", network, "--db", database, "--format", "json"],
        capture_output=True,
        text=True,
    )
    if run.returncode != 0:
        return None, run.stderr.strip()
    return json.loads(run.stdout)["seconds"], ""


def main():
    networks, first, second = sys.argv[1:]
    with open(networks, newline="") as stream:
        rows = [row["network"] for row in csv.DictReader(stream) if not row["family"].startswith("#")]
    differences = []
    missing = []
    for network in rows:
        (a, why_a), (b, why_b) = predicted(network, first), predicted(network, second)
        if a is None or b is None:
            missing.append(f"{network}: {why_a or why_b}")
        else:
            differences.append((abs(b / a - 1), network))
    for line in missing:
        print(line)
    if not differences:
        return 1
    median = statistics.median(value for value, _ in differences)
    largest, where = max(differences)
    print(
        f"{len(differences)} networks predicted by both, {len(missing)} not; difference: median "
        f"{100 * median:.2f} %, largest {100 * largest:.2f} % ({where})"
    )
    return 1 if missing or median > 0.05 else 0


if __name__ == "__main__":
    sys.exit(main())
