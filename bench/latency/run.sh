#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The errors of predicted latencies: fills a database with single layers, measures whole networks,
# and holds the two against each other.
#
#   bench/latency/run.sh [DB]     DB: latency.db beside the results by default; run again, it goes on
#
# Nothing else should run meanwhile. About 12 minutes for each number of threads on two quick cores.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
archcost=${ARCHCOST:-$here/../../build/release/archcost}
db=${1:-$here/latency.db}

others=${db%.db}_others.db

for threads in 1 2; do
  # Every layer timed, and each by itself without what a kernel takes along.
  "$archcost" profile --networks "$here/networks.csv" --threads $threads --db "$db"
  "$archcost" profile --networks "$here/networks.csv" --threads $threads --db "$db" --unfused
  "$archcost" db check --networks "$here/networks.csv" --threads $threads --db "$db" --format markdown -o "$here/result_${threads}.md"
  sed -n '/RMSPE/,$p' "$here/result_${threads}.md"
  # No kernel of these networks but of other ones: what "unseen" then says is an estimate throughout.
  "$archcost" profile --networks "$here/others.csv" --threads $threads --db "$others"
  "$archcost" db check --networks "$here/networks.csv" --threads $threads --db "$others" --format markdown -o "$here/others_${threads}.md"
  sed -n '/RMSPE/,$p' "$here/others_${threads}.md"
done
