#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How divided work scales, simulated from measured times of tasks.

simulate.py --rate POINTS_PER_SECOND [--times FILE] [--points 1e12] [--nodes 1000] [--cores 1]

The tasks of an array wait in one queue; the scheduler starts at most --dispatch of them a second; a
task takes --start seconds before its first point, and then its points at the rate, times a factor
that is drawn from the measured times of FILE (seconds, one a line) divided by their mean. A node
fails on average once in --hours; its task is requeued and continues, having lost --lost seconds.
The join reads and writes --bytes of rows at --join bytes a second, and opens each part (--open seconds).

Prints a line for each number of tasks: the time to the last task, the join, and the efficiency: the
time without any overhead over the time in all.
"""

import argparse
import heapq
import random
import statistics


def factors_of(file):
    if not file:
        return [1.0]
    with open(file) as stream:
        times = [float(line) for line in stream if line.strip()]
    mean = statistics.mean(times)  # so that all tasks together take what the rate says
    return [time / mean for time in times]


def makespan(tasks, options, factors, chance):
    work = options.points / tasks / options.rate / options.cores
    free = [0.0] * min(options.nodes, tasks)  # when each node is free
    heapq.heapify(free)
    dispatched = 0.0
    lost = 0.0
    last = 0.0
    for _ in range(tasks):
        dispatched = max(dispatched + 1 / options.dispatch, heapq.heappop(free))
        left = work * chance.choice(factors)
        end = dispatched + options.start
        while True:  # until it ends without a failure
            failure = chance.expovariate(1 / (3600 * options.hours))
            if failure > left:
                end += left
                break
            left -= max(0.0, failure - options.lost)
            lost += min(failure, options.lost) + options.start
            end += failure + options.start
        heapq.heappush(free, end)
        last = max(last, end)
    return last, lost


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rate", type=float, required=True, help="points a second of one core")
    parser.add_argument("--times", help="measured seconds of tasks, one a line")
    parser.add_argument("--points", type=float, default=1e12)
    parser.add_argument("--nodes", type=int, default=1000)
    parser.add_argument("--cores", type=int, default=1, help="of a task")
    parser.add_argument("--tasks", default="1000,2000,4000,10000,30000,100000")
    parser.add_argument("--dispatch", type=float, default=20, help="tasks that are started in a second")
    parser.add_argument("--start", type=float, default=0.1, help="seconds before the first point")
    parser.add_argument("--hours", type=float, default=1000, help="between failures of a node")
    parser.add_argument("--lost", type=float, default=0.2, help="seconds of work that a kill loses")
    parser.add_argument("--bytes", type=float, default=1e10, help="rows of all parts")
    parser.add_argument("--join", type=float, default=1e9, help="bytes a second")
    parser.add_argument("--open", type=float, default=5e-5, help="seconds for each part")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    factors = factors_of(options.times)
    ideal = options.points / options.rate / options.cores / options.nodes
    print(f"{options.points:.0e} points, {options.nodes} nodes: {ideal:.1f} s without overhead")
    print("   tasks  a task, s  all tasks, s  join, s  efficiency")
    for tasks in map(int, options.tasks.split(",")):
        chance = random.Random(options.seed)
        last, _ = makespan(tasks, options, factors, chance)
        join = options.bytes / options.join + tasks * options.open
        print(
            f"{tasks:8} {options.points / tasks / options.rate / options.cores:10.1f} {last:13.1f} "
            f"{join:8.1f} {100 * ideal / (last + join):10.1f} %"
        )


if __name__ == "__main__":
    main()
