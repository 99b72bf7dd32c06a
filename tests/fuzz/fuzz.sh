#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds and runs the fuzz targets; see README.md.
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly kTargets=(spec expression onnx range exchange journal network)

# Longer inputs find the same faults later.
length_of() {  # TARGET
  case $1 in
    onnx) echo 4096 ;;
    spec) echo 1024 ;;
    *) echo 400 ;;
  esac
}

run_target() {  # TARGET SECONDS
  local target=$1 seconds=$2 found=build/fuzz/found/$1 dictionary=tests/fuzz/$1.dict
  mkdir -p "$found" build/fuzz/crashes
  UBSAN_OPTIONS=print_stacktrace=1 "build/fuzz/${target}_fuzz" "$found" "tests/fuzz/corpus/$target" \
    -max_total_time="$seconds" -max_len="$(length_of "$target")" -timeout=10 -rss_limit_mb=1024 \
    -artifact_prefix="build/fuzz/crashes/$target-" -print_final_stats=1 -verbosity=0 \
    $([ -f "$dictionary" ] && echo "-dict=$dictionary")
}

case ${1:-} in
  build)
    cmake --preset fuzz
    cmake --build --preset fuzz
    ;;
  run)
    seconds=${2:-60}
    shift $(($# < 2 ? $# : 2))
    targets=("$@")
    [ ${#targets[@]} -gt 0 ] || targets=("${kTargets[@]}")
    failed=0
    for target in "${targets[@]}"; do
      echo "== $target"
      run_target "$target" "$seconds" || failed=1
    done
    exit $failed
    ;;
  *)
    sed -n '/^```$/,/^```$/p' tests/fuzz/README.md | grep fuzz.sh
    exit 2
    ;;
esac
