#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs divided work under a real Slurm on this machine, disturbs it, and compares its results with
# those of one run. Wants Debian's slurm-wlm and munge.
#
#   tests/slurm/run.sh [-f FOLDER] [-n NODES] ARCHCOST sweep|search|evolution|profile...
#
#   sweep      10^9 points in 64 tasks; 10 tasks are killed (SIGKILL) and requeued, 5 are preempted
#   search     an enumeration in 8 tasks; 2 tasks are killed, 1 is preempted
#   evolution  NSGA-II in 8 tasks, disturbed the same way; compared with its undisturbed parts
#   profile    the layers of NETWORKS (default: bench/latency/networks.csv) in 16 tasks, one at a
#              time
#
# POINTS=1000000 makes the sweep smaller.
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/cluster.sh"

folder='' nodes=4
while getopts f:n: option; do
  case $option in
    f) folder=$OPTARG ;;
    n) nodes=$OPTARG ;;
    *) exit 2 ;;
  esac
done
shift $((OPTIND - 1))
archcost=$(realpath "${1:?name the program}")
shift
[ -n "$folder" ] || folder=$(mktemp -d)
mkdir -p "$folder/bin"
folder=$(realpath "$folder")
ln -sf "$archcost" "$folder/bin/archcost"
export PATH=$folder/bin:$PATH
trap 'stop_cluster; kill $(jobs -p) 2>/dev/null' EXIT
failures=0

say() { printf '%s %s\n' "$(date +%H:%M:%S)" "$*"; }
check() {  # WHAT COMMAND...
  local what=$1
  shift
  if "$@"; then say "passed: $what"; else say "FAILED: $what"; failures=$((failures + 1)); fi
}

# Waits until no job is left.
wait_for_jobs() { while [ -n "$(squeue -h -o %i 2>/dev/null)" ]; do sleep 0.2; done; }

# "PROCESS TASK" of each task that runs archcost in this cluster and was not disturbed yet.
running_tasks() {
  local process task
  for process in $(pgrep -x archcost); do
    task=$(tr '\0' '\n' <"/proc/$process/environ" 2>/dev/null | awk -F= -v conf="$SLURM_CONF" '
      $1 == "SLURM_CONF" && $2 == conf { ours = 1 }
      $1 == "SLURM_ARRAY_JOB_ID" { job = $2 }
      $1 == "SLURM_ARRAY_TASK_ID" { task = $2 }
      END { if (ours && task) print job "_" task }')
    [ -n "$task" ] && [[ $disturbed != *" $task "* ]] && echo "$process $task"
  done
}

# A task is killed by SIGKILL, or preempted by the signal that Slurm sends; its script requeues it.
# Where the task is requeued before scancel has its answer, scancel tries again for half a minute.
disturb_one() {  # KILL|USR1|TERM
  local process task k
  read -r process task < <(running_tasks | shuf -n 1) || return 1
  if [ "$1" = KILL ]; then
    kill -KILL "$process" 2>/dev/null || return 1
  else
    timeout 1 scancel --signal="$1" --batch "$task" 2>/dev/null
    for ((k = 0; k < 10; k++)); do [ -d "/proc/$process" ] && sleep 0.1; done
    grep -q "stopped after" *.parts/*/log/"${task#*_}".txt || return 1
  fi
  disturbed+="$task "
}

disturb() {  # KILLED PREEMPTED SECONDS_BETWEEN
  local killed=0 preempted=0 disturbed=' '
  while { [ "$killed" -lt "$1" ] || [ "$preempted" -lt "$2" ]; } && [ -n "$(squeue -h 2>/dev/null)" ]; do
    sleep "$3"
    if [ $((preempted * $1)) -lt $((killed * $2)) ]; then
      disturb_one "$([ $((preempted % 2)) -eq 0 ] && echo USR1 || echo TERM)" && preempted=$((preempted + 1))
    elif [ "$killed" -lt "$1" ]; then
      disturb_one KILL && killed=$((killed + 1))
    else
      disturb_one TERM && preempted=$((preempted + 1))
    fi
  done
  say "killed $killed tasks, preempted $preempted:$disturbed"
}

run_sweep() {
  local rho=$((${POINTS:-1000000000} / 100000))
  local command=(sweep mobilenet_v1
    --vary "rho=0.5:$(awk "BEGIN {print 0.5 + ($rho - 1) * 0.00005}"):0.00005"
    --vary "alpha=0.1:1.09999:0.00001"
    --columns macs,params,entropy --where "entropy >= 7760 and macs <= 25M")
  cd "$folder" && rm -rf rows.csv rows.csv.parts whole.csv
  archcost batch slurm --tasks 64 --at-once "$nodes" -o job.sh -- "${command[@]}" -o rows.csv || return 1
  sed -n 2p job.sh
  say "one run"
  local begin=$SECONDS
  archcost "${command[@]}" -o whole.csv || return 1
  say "one run took $((SECONDS - begin)) s; $(wc -l <whole.csv) lines"
  begin=$SECONDS
  bash job.sh
  disturb 10 5 0.5 &
  local disturber=$!
  wait_for_jobs
  wait "$disturber"
  say "64 tasks took $((SECONDS - begin)) s"
  grep -h "continuing after" rows.csv.parts/*/log/*.txt | wc -l | sed 's/^/tasks that continued: /'
  check "the joined sweep is the single run, byte for byte" cmp rows.csv whole.csv
}

# A search of 8 tasks, disturbed, in FOLDER/OUTPUT.
divided_search() {  # OUTPUT COMMAND...
  local output=$1
  shift
  rm -rf "$output" "$output.parts"
  archcost batch slurm --tasks 8 --at-once "$nodes" -o search.sh -- "$@" -o "$output" || return 1
  bash search.sh
  disturb 2 1 0.5 &
  local disturber=$!
  wait_for_jobs
  wait "$disturber"
  grep -h "continuing after" "$output".parts/*/log/*.txt
}

run_search() {
  local command=(search mobilenet_v1 --vary alpha=0.1:1:0.0001 --vary rho=0.5:1:0.0002
    --maximize entropy --minimize "macs,params")
  cd "$folder" && rm -f whole_best.csv
  divided_search best.csv "${command[@]}" || return 1
  archcost "${command[@]}" -o whole_best.csv || return 1
  check "the joined search is the single run ($(wc -l <whole_best.csv) lines)" cmp best.csv whole_best.csv
}

run_evolution() {
  local command=(search mobilenet_v1 --vary "widths(i)=8:widths(i):8" --maximize entropy --minimize macs
    --method evolve --evaluations 40000000)
  cd "$folder" && rm -rf whole_front.csv undisturbed
  divided_search front.csv "${command[@]}" || return 1
  mkdir undisturbed
  local k
  for k in {1..8}; do
    archcost "${command[@]}" --shard "$k/8" -o "undisturbed/part-$k.csv" || return 1
  done
  archcost join undisturbed/part-*.csv -o whole_front.csv || return 1
  check "the joined evolution is that of undisturbed parts ($(wc -l <whole_front.csv) lines)" \
    cmp front.csv whole_front.csv
}

run_profile() {
  local networks=${NETWORKS:-$here/../../bench/latency/networks.csv}
  local command=(profile --networks "$networks")
  cd "$folder" && rm -rf latency.db latency.db.parts whole.db
  say "one run"
  local begin=$SECONDS
  archcost "${command[@]}" --db whole.db || return 1
  say "one run took $((SECONDS - begin)) s"
  begin=$SECONDS
  archcost batch slurm --tasks 16 --at-once 1 -o profile.sh -- "${command[@]}" --db latency.db || return 1
  bash profile.sh
  wait_for_jobs
  say "16 tasks took $((SECONDS - begin)) s"
  cat latency.db.parts/*/log/join.txt
  check "predictions are equal within noise" python3 "$here/compare_predictions.py" \
    "$networks" whole.db latency.db
}

start_cluster "$folder/cluster" "$nodes" || exit 1
say "a cluster of $nodes nodes in $folder"
for work; do "run_$work" || failures=$((failures + 1)); done
exit $((failures > 0))
