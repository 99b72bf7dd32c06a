# SPDX-License-Identifier: Apache-2.0
# A Slurm cluster of several nodes on this machine, in a folder of its own; sourced by run.sh.
# Nothing of the system's Slurm or munge is used but the programs (Debian: slurm-wlm munge).
#
# A requeued task starts only after its credential has expired: 10 s here instead of 120.
#
#   start_cluster FOLDER NODES   sets SLURM_CONF; returns when all nodes are idle
#   stop_cluster                 ends the processes that start_cluster started

cluster_processes=()

start_daemon() {  # NAME COMMAND...
  local name=$1
  shift
  nice -n 10 "$@" >"$cluster/log/$name.out" 2>&1 &
  cluster_processes+=($!)
}

start_cluster() {
  cluster=$1
  local nodes=$2 port=$((20000 + RANDOM % 20000)) host k
  host=$(hostname)
  mkdir -p "$cluster"/{log,state,run}
  chmod 755 "$cluster" "$cluster/run"
  dd if=/dev/urandom of="$cluster/munge.key" bs=128 count=1 status=none
  chmod 400 "$cluster/munge.key"
  start_daemon munged munged --foreground --force --key-file="$cluster/munge.key" \
    --socket="$cluster/run/munge.socket" --pid-file="$cluster/run/munged.pid" \
    --seed-file="$cluster/munge.seed" --log-file="$cluster/log/munged.log"
  cat >"$cluster/slurm.conf" <<CONF
ClusterName=archcost
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
AuthType=auth/munge
AuthInfo=socket=$cluster/run/munge.socket,cred_expire=10
CredType=cred/munge
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
StateSaveLocation=$cluster/state
SlurmdSpoolDir=$cluster/spool.%n
SlurmctldPidFile=$cluster/run/slurmctld.pid
SlurmdPidFile=$cluster/run/slurmd.%n.pid
SlurmctldLogFile=$cluster/log/slurmctld.log
SlurmdLogFile=$cluster/log/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0
JobRequeue=1
ReturnToService=2
MpiDefault=none
KillWait=10
NodeName=n[1-$nodes] NodeAddr=127.0.0.1 NodeHostname=$host Port=[$((port + 1))-$((port + nodes))] CPUs=1 RealMemory=100
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
  export SLURM_CONF=$cluster/slurm.conf
  for ((k = 0; k < 50; k++)); do [ -S "$cluster/run/munge.socket" ] && break; sleep 0.1; done
  start_daemon slurmctld slurmctld -D
  for ((k = 1; k <= nodes; k++)); do
    mkdir -p "$cluster/spool.n$k"
    start_daemon "slurmd.n$k" slurmd -D -N "n$k"
  done
  for ((k = 0; k < 300; k++)); do
    [ "$(sinfo -h -t idle -o %D 2>/dev/null)" = "$nodes" ] && return 0
    sleep 0.1
  done
  echo "error: the nodes are not idle after 30 s; see $cluster/log" >&2
  return 1
}

stop_cluster() {
  scancel --quiet --state=PENDING -u "$(id -un)" 2>/dev/null
  scancel --quiet -u "$(id -un)" 2>/dev/null
  local process
  for process in $(printf '%s\n' "${cluster_processes[@]}" | tac); do
    kill "$process" 2>/dev/null
    wait "$process" 2>/dev/null
  done
  cluster_processes=()
}
