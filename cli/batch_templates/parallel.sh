#!/bin/bash
# @SUMMARY@
# Run:  bash THIS_FILE
# Again after a failure: the same command; finished parts are not computed again.
#
# Several machines that share this folder: SSHLOGIN=host1,host2 bash THIS_FILE
set -eu

mkdir -p @FOLDER@
hosts=()
if [ -n "${SSHLOGIN:-}" ]; then hosts=(--sshlogin "$SSHLOGIN" --workdir .); fi
seq @TASKS@ | parallel "${hosts[@]}" --jobs @AT_ONCE@ --retries 3 --joblog @FOLDER@/jobs.log \
  @QUOTED_FILL@' '@QUOTED_FOLDER@'/part-{}@EXTENSION@ && '@QUOTED_COMMAND@' --shard {}/@TASKS@ @RESUME@ @OUTPUT_OPTION@ '@QUOTED_FOLDER@'/part-{}@EXTENSION@'
@JOIN@@AND_COMPLETE@
