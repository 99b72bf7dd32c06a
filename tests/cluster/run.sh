#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs the scripts of `archcost batch` for GNU parallel and Kubernetes and compares their results with
# those of one run. Wants Debian's parallel and python3-yaml.
#
#   tests/cluster/run.sh ARCHCOST
#
# GNU parallel runs over two "hosts" on this machine: PARALLEL_SSH is a stand-in for ssh that runs the
# command in a shell of its own. Kubernetes is stood in for by kubernetes.py.
set -u
here=$(cd "$(dirname "$0")" && pwd)
archcost=$(realpath "${1:?name the program}")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/bin"
ln -s "$archcost" "$folder/bin/archcost"
export PATH=$folder/bin:$PATH
cd "$folder"
failures=0
check() {
  local what=$1
  shift
  if "$@"; then echo "passed: $what"; else echo "FAILED: $what"; failures=$((failures + 1)); fi
}

sweep=(sweep mobilenet_v1 --vary alpha=0.1:1:0.0005 --vary rho=0.5:1:0.0005 --columns macs)
archcost "${sweep[@]}" -o whole.csv

# Options, the host's name, --, the command, as ssh has them.
printf '#!/bin/bash\nwhile [[ $1 == -* ]]; do shift; done\necho "$1" >>%q\nshift\n[ "$1" = -- ] && shift\nexec bash -c "$*"\n' \
  "$folder/hosts.log" >bin/local-ssh
chmod +x bin/local-ssh
export PARALLEL_SSH=$folder/bin/local-ssh
archcost batch parallel --tasks 12 --at-once 2 -o parallel.sh -- "${sweep[@]}" -o rows.csv
SSHLOGIN=one,two bash parallel.sh 2>parallel.log
check "GNU parallel over two hosts gives the single run" cmp rows.csv whole.csv
check "both hosts had tasks" test "$(sort -u hosts.log | grep -c '^one$\|^two$')" = 2
rm -rf rows.csv rows.csv.parts
bash parallel.sh 2>>parallel.log
check "GNU parallel on this machine gives the single run" cmp rows.csv whole.csv

# A condition on the entropy takes time: the pods live long enough to be evicted.
slow=(sweep mobilenet_v1 --vary alpha=0.1:1:0.00005 --vary rho=0.5:1:0.0005 --columns macs
  --where "entropy >= 7760 and macs <= 25M")
archcost "${slow[@]}" -o slow.csv
archcost batch kubernetes --tasks 12 --at-once 2 -o job.yaml -- "${slow[@]}" -o pods.csv
check "the pods of an Indexed Job, 5 of them evicted, end" \
  python3 "$here/kubernetes.py" job.yaml "$folder" --evict 5
check "their joined rows are the single run" cmp pods.csv slow.csv
cat ./*join.log 2>/dev/null | tail -3
exit $((failures > 0))
