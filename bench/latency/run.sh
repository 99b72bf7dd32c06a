#!/usr/bin/env bash
# How true predictions of latency are: fills a database with single layers, measures whole networks,
# and holds the two against each other.
#
#   bench/latency/run.sh [DB]     DB: latency.db beside the results by default; run again, it goes on
#
# Nothing else should run meanwhile. About 15 minutes for each number of threads on two slow cores.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
archcost=${ARCHCOST:-$here/../../build/release/archcost}
db=${1:-$here/latency.db}

for threads in 1 2; do
  "$archcost" profile --networks "$here/networks.csv" --threads $threads --db "$db"
  "$archcost" db check --networks "$here/networks.csv" --threads $threads --db "$db" --format markdown -o "$here/result_${threads}.md"
  sed -n '/RMSPE/,$p' "$here/result_${threads}.md"
done
