#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Whole processes: start of the program, growth with the number of layers, a long sweep.
set -euo pipefail
cd "$(dirname "$0")/.."
archcost=build/release/archcost
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

layers() {  # a spec of that many layers
  printf 'name: chain\ninput: {channels: 8, height: 8, width: 8}\nlayers:\n'
  for ((k = 0; k < $1 / 2; ++k)); do printf '  - conv: {name: c%d, out: 8, kernel: 3}\n  - relu\n' "$k"; done
}
layers 10000 >"$folder/10000.yaml"
layers 100000 >"$folder/100000.yaml"

hyperfine -N --warmup 20 "$archcost analyze mobilenet_v1"
hyperfine -N --warmup 5 -i "$archcost predict densenet121"  # reads the whole database; see archcost profile
hyperfine -N --warmup 1 --runs 7 "$archcost analyze $folder/10000.yaml --by kind" "$archcost analyze $folder/100000.yaml --by kind"
rm -f "$folder/rows.csv"
hyperfine -N --warmup 0 --runs 3 --prepare "rm -f $folder/rows.csv" \
  "$archcost sweep mobilenet_v1 --vary alpha=0.1:1.0999:0.0001 --vary rho=100/224:599.5/224:1/448 --format csv -o $folder/rows.csv"
wc -l "$folder/rows.csv"
