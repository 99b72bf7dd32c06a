#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Times five networks on archcost-kernels beside ONNX Runtime, in turns, at one thread and at two, and prints a
# Markdown table of the ratios (below 1: archcost is faster). Needs node with npm, and Debian's python3-torch,
# which writes the peer's ONNX files from the very weights that archcost dumps.
#
#   bench/onnxruntime/run.sh [NETWORK ...]     ROUNDS=9 WORK=build/onnxruntime THREADS="1 2"
#
# Each network is first measured with --retry, so that its kernels are chosen on the machine as it is now.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=${WORK:-$root/build/onnxruntime}
programs=${PROGRAMS:-$root/build/release}
rounds=${ROUNDS:-9}
networks=("$@")
[ ${#networks[@]} -gt 0 ] || networks=(mobilenet_v1 mobilenet_v2 shufflenet_v1 resnet50 se_resnet50)

mkdir -p "$work"
cp "$here"/{package.json,compare.mjs} "$work"
[ -d "$work/node_modules/onnxruntime-node" ] || (cd "$work" && npm install --ignore-scripts --no-audit --no-fund >&2)

echo "| network | threads | ratio | least to most | archcost | ONNX Runtime | largest difference of outputs |"
echo "|---|--:|--:|---|--:|--:|--:|"
for network in "${networks[@]}"; do
  for threads in ${THREADS:-1 2}; do
    dump=$work/$network-$threads
    rm -rf "$dump"
    pinned=()
    [ "$threads" -gt 1 ] || pinned=(taskset -c 1)
    "$programs/archcost" measure "$network" --threads "$threads" --blocks 1 --allow-unstable --retry --dump "$dump" --format json >"$work/$network-$threads.json"
    /usr/bin/python3 "$here/to_onnx.py" "$dump" >&2
    "${pinned[@]}" node "$work/compare.mjs" "$programs/archcost-kernels" "$dump" "$threads" "$rounds" |
      tee "$work/$network-$threads.ratio.json" |
      node -e 'const r = JSON.parse(require("fs").readFileSync(0));
        console.log(`| ${r.network} | ${r.threads} | ${r.ratio.toFixed(3)} | ${r.least.toFixed(3)} to ${r.most.toFixed(3)} | ${r.archcost_ms.toFixed(2)} ms | ${r.onnxruntime_ms.toFixed(2)} ms | ${r.error.toExponential(1)} |`)'
  done
done
