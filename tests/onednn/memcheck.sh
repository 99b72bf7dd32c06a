#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Measures networks with archcost-kernels under valgrind: fails where it reads what nothing has set,
# or outside of its memory. Valgrind does not know AVX-512, so the library's kernels are those of AVX2.
#
#   tests/onednn/memcheck.sh BUILD_FOLDER
set -euo pipefail

build=$(realpath "${1:?the folder of a build}")
readonly build
readonly kNetworks=(mobilenet_v3_small:rho=1/7 shufflenet_v1:rho=1/7)

folder=$(mktemp -d)
readonly folder
trap 'rm -rf "$folder"' EXIT

cat >"$folder/kernels" <<END
#!/bin/sh
export ONEDNN_MAX_CPU_ISA=AVX2
exec valgrind -q --log-file="$folder/%p.log" "$build/archcost-kernels" "\$@"
END
chmod +x "$folder/kernels"
export ARCHCOST_KERNELS=$folder/kernels ARCHCOST_CACHE=$folder/cache

run() {  # COMMAND NETWORK OPTION...
  local output=$folder/output
  "$build/archcost" "$@" --blocks 1 --seconds 0 --db "$folder/latency.db" >"$output" 2>&1 || {
    cat "$output"
    echo "error: $1 $2 failed under valgrind" >&2
    exit 1
  }
}

for network in "${kNetworks[@]}"; do run measure "$network" --allow-unstable --check; done
run measure squeezenet1_1 --input 3x48x48 --allow-unstable --check
run profile "${kNetworks[0]}"

logs=("$folder"/*.log)
if grep -q . "${logs[@]}"; then
  cat "${logs[@]}"
  echo "error: valgrind has findings" >&2
  exit 1
fi
echo "${#logs[@]} processes, no finding"
