"""Result roots for scripts/measure-lkp: FOLDER RUNS COMMIT... -> FOLDER/COMMIT/RUN, with as many numbers as a short run of hackbench has."""

import json
import os
import random
import sys

JOB = """---
suite: hackbench
testcase: hackbench
category: benchmark
nr_threads: 50%
iterations: 2
hackbench:
  mode: process
  ipc: pipe
testbox: lkp-demo1
tbox_group: lkp-demo1
arch: x86_64
nr_cpu: 2
memory: 23G
local_run: 1
need_kconfig:
- PREEMPT: n
- EXPERT: y
vmstat:
meminfo:
proc-vmstat:
softirqs:
perf-sched:
  lite_mode: 1
kconfig: defconfig
rootfs: debian
compiler: gcc-12
"""


def names():
    yield from ("hackbench.throughput", "hackbench.throughput_avg", "hackbench.throughput_best", "hackbench.throughput_worst")
    yield from (f"hackbench.time.{name}" for name in ("elapsed_time", "user_time", "system_time", "major_page_faults"))
    for program, count in (("meminfo", 50), ("proc-vmstat", 90), ("vmstat", 18), ("softirqs", 40)):
        yield from (f"{program}.nr_{at}" for at in range(count))


def run(folder, commit, level):
    os.makedirs(folder)
    with open(f"{folder}/job.yaml", "w", encoding="utf-8") as job:
        job.write(f"{JOB}commit: {commit}\n")
    stats = {}
    for at, name in enumerate(names()):
        value = level * 1000 * (1 + at) * random.gauss(1, 0.03)
        stats[name] = round(value, 2) if at % 2 else int(value)
    with open(f"{folder}/stats.json", "w", encoding="utf-8") as file:
        json.dump(stats, file, indent=2)
    return stats


def main(folder, runs, commits):
    random.seed(1)
    for number, commit in enumerate(commits):
        all_stats = [run(f"{folder}/{commit}/{at}", commit, 1 + 0.05 * number) for at in range(runs)]
        matrix = {name: [stats[name] for stats in all_stats] for name in names()}
        matrix["stats_source"] = [f"{folder}/{commit}/{at}/stats.json" for at in range(runs)]
        with open(f"{folder}/{commit}/matrix.json", "w", encoding="utf-8") as file:
            json.dump(matrix, file, indent=2)


main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
