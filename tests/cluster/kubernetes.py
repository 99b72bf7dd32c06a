#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the jobs of a manifest as Kubernetes would, on this machine: a stand-in for a cluster.

kubernetes.py MANIFEST FOLDER [--evict N] [--seed 1]: every pod of an Indexed Job is a process in FOLDER
(which stands for the volume) with JOB_COMPLETION_INDEX set; --evict pods get SIGTERM at random moments and
are replaced. Jobs run at the same time, as after `kubectl apply`. Wants Debian's python3-yaml.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import threading
import time

import yaml


class Job(threading.Thread):
    def __init__(self, manifest, folder):
        super().__init__()
        self.name = manifest["metadata"]["name"]
        self.spec = manifest["spec"]
        self.folder = folder
        self.running = {}
        self.failures = 0
        self.evicted = 0
        self.succeeded = False

    def start_pod(self, index):
        container = self.spec["template"]["spec"]["containers"][0]
        variables = dict(os.environ)
        if self.spec.get("completionMode") == "Indexed":
            variables["JOB_COMPLETION_INDEX"] = str(index)
        for variable in ("SLURM_ARRAY_TASK_ID", "PARALLEL_SEQ"):
            variables.pop(variable, None)
        log = open(os.path.join(self.folder, f"{self.name}.log"), "a")
        self.running[index] = subprocess.Popen(
            [*container["command"], *container["args"]],
            cwd=self.folder,
            env=variables,
            stdout=log,
            stderr=log,
        )

    def evict(self, chance):
        running = list(self.running.values())
        if running and self.spec.get("completionMode") == "Indexed":
            chance.choice(running).send_signal(signal.SIGTERM)
            self.evicted += 1
            return True
        return False

    def run(self):
        waiting = list(range(self.spec.get("completions", 1)))
        while waiting or self.running:
            while waiting and len(self.running) < self.spec.get("parallelism", 1):
                self.start_pod(waiting.pop(0))
            for index, process in list(self.running.items()):
                status = process.poll()
                if status is None:
                    continue
                del self.running[index]
                if status in (1, 2) and "podFailurePolicy" in self.spec:
                    print(f"{self.name}: pod {index} failed the job with status {status}")
                    for other in self.running.values():
                        other.terminate()
                    return
                if status != 0:
                    self.failures += 0 if status in (130, -15) else 1
                    waiting.append(index)
            if self.failures > self.spec["backoffLimit"]:
                print(f"{self.name}: too many failures")
                return
            time.sleep(0.01)
        self.succeeded = True


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("manifest")
    parser.add_argument("folder")
    parser.add_argument("--evict", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    with open(options.manifest) as stream:
        jobs = [Job(manifest, options.folder) for manifest in yaml.safe_load_all(stream)]
    for job in jobs:
        job.start()
    left = options.evict
    while left > 0 and jobs[0].is_alive():
        time.sleep(chance.uniform(0.02, 0.2))
        left -= 1 if jobs[0].evict(chance) else 0
    for job in jobs:
        job.join()
        print(f"{job.name}: {'complete' if job.succeeded else 'failed'}, {job.evicted} pods evicted")
    return 0 if all(job.succeeded for job in jobs) else 1


if __name__ == "__main__":
    sys.exit(main())
