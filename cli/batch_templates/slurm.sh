#!/bin/bash
# @SUMMARY@
# Submit the tasks, and the join that runs after them:  bash THIS_FILE
# Again after a failure: the same command; finished parts are not computed again. Some tasks alone,
# and the join:  bash THIS_FILE submit 5,7
set -u

submit() {
  most=$(scontrol show config 2>/dev/null | awk '$1 == "MaxArraySize" { print $3 - 1 }')
  if [ "${most:-@TASKS@}" -lt @TASKS@ ]; then
    echo "error: arrays of this cluster have at most $most tasks, not @TASKS@; make the script again" \
      "with --tasks $most, or with more --minutes" >&2
    exit 1
  fi
  mkdir -p @FOLDER@/log
  array=$(sbatch --parsable --job-name=@NAME@ --array="${1:-1-@TASKS@}%@AT_ONCE@" --cpus-per-task=@CORES@ \
    --time=@LIMIT@ --signal=B:USR1@60 --requeue --open-mode=append --output=@FOLDER@/log/%a.txt \
    "$0" task) || exit 1
  echo "Submitted array job ${array%%;*}, and its join:"
  sbatch --job-name=@NAME@-join --dependency=afterok:"${array%%;*}" --kill-on-invalid-dep=yes \
    --output=@FOLDER@/log/join.txt "$0" join
}

# Slurm sends USR1 before the time limit and TERM when the task is preempted: archcost stops, what
# it has done is in its files, and the requeued task continues (accuracy, which takes seconds, begins
# again). --time is twice what a task is estimated to take.
task() {
  mkdir -p @FOLDER@
  part=@FOLDER@/part-$SLURM_ARRAY_TASK_ID@EXTENSION@
  @FILL@ "$part" || exit 1
  @COMMAND@ --shard "$SLURM_ARRAY_TASK_ID/@TASKS@" @RESUME@ @OUTPUT_OPTION@ "$part" &
  child=$!
  trap 'kill -TERM "$child" 2>/dev/null' USR1 TERM
  wait "$child"
  while kill -0 "$child" 2>/dev/null; do wait "$child"; done
  wait "$child"
  status=$?
  # 130: stopped; above 128: killed. Bad input (1) and wrong usage (2) would fail again.
  if [ "$status" -gt 128 ] && [ "${SLURM_RESTART_COUNT:-0}" -lt 20 ] && is_running; then
    scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"
    sleep 60  # Slurm ends this script
  fi
  exit "$status"
}

# A task that scancel ends does not run any more for Slurm, and stays ended.
is_running() {
  state=$(squeue --noheader --jobs="$SLURM_JOB_ID" --format=%T 2>/dev/null)
  [ "${state:-RUNNING}" = RUNNING ]
}

join() {
  @JOIN@@AND_COMPLETE@
}

"${1:-submit}" "${2:-}"
