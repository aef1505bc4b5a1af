"""What scripts/measure-perturbation does: pairs of runs with and without the program, its own cost, and the cost of a step."""

import json
import math
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import threading
import time

# Each takes about a second. The primary metric, how it is read from the tool's own output, and whether a higher number is better.
BENCHMARKS = {
    "sysbench-cpu": (["THREADS=1", "TIME=1"], "events-per-second", r"events per second: +([\d.]+)", True),
    "hackbench": (["GROUP_COUNT=1", "MODE=process", "LOOPS=1500"], "time", r"^Time: ([\d.]+)", False),
    "sysbench-memory": (["THREADS=1", "OPERATION=write", "TIME=1"], "bandwidth", r"\(([\d.]+) MiB/sec\)", True),
}
STEPS, ROUNDS = 200, 5


class Agent:
    def __init__(self, path, folder):
        self.path, self.folder, self.runs = path, folder, 0

    def run(self, name, params, *more):
        """Runs a benchmark; the words of the command, and its folder."""
        self.runs += 1
        output = f"{self.folder}/run-{self.runs}"
        words = [self.path, "run", name, *more, "--signals", "none", "--output", output]
        for param in params:
            words += ["--param", param]
        return words, output

    def bare(self, name, params):
        """The command of the benchmark's one case, as the program would run it."""
        words, _ = self.run(name, params, "--dry-run")
        printed = subprocess.check_output(words, text=True).splitlines()
        assert len(printed) == 2, printed
        return printed[1].split(": ", 1)[1].split()


def value(name, agent, bare):
    """One measurement of a benchmark: bare or under the program."""
    params, metric, pattern, _ = BENCHMARKS[name]
    if bare:
        output = subprocess.run(bare, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=agent.folder)
        return float(re.search(pattern, output.stdout.decode(), re.M)[1])
    words, folder = agent.run(name, params, "--iterations", "1")
    subprocess.run(words, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    case = json.load(open(f"{folder}/record.json"))["benchmarks"][0]["cases"][0]
    return next(series["samples"][0][0] for series in case["series"] if series["metric"] == metric)


def hodges_lehmann(values):
    """The median of all means of two, and its 95 % interval (Wilcoxon's signed ranks, as normal)."""
    n = len(values)
    means = sorted((values[a] + values[b]) / 2 for a in range(n) for b in range(a, n))
    rank = n * (n + 1) / 4 - 1.959964 * math.sqrt(n * (n + 1) * (2 * n + 1) / 24)
    rank = max(0, math.floor(rank))
    return statistics.median(means), means[rank], means[len(means) - 1 - rank]


def pairs(agent, count):
    bare = {name: agent.bare(name, spec[0]) for name, spec in BENCHMARKS.items()}
    logs = {name: [] for name in BENCHMARKS}
    print(f"== {count} pairs of each: the program's ratio to a bare loop (1.01: 1 % slower), 95 % interval", flush=True)
    for at in range(count + 1):
        for name in random.sample(list(BENCHMARKS), len(BENCHMARKS)):
            first = random.random() < 0.5
            measured = {under: value(name, agent, None if under else bare[name]) for under in (first, not first)}
            ratio = math.log(measured[True] / measured[False])
            # The first one of each warms up.
            if at > 0:
                logs[name].append(-ratio if BENCHMARKS[name][3] else ratio)
    for name, values in logs.items():
        middle, low, high = map(math.exp, hodges_lehmann(values))
        print(f"{name:16} {middle:.4f} ({low:.4f} to {high:.4f})   {' '.join(bare[name])}", flush=True)


def processor_time(pid):
    """The processor time of all threads of a process, those that ended included, without its children."""
    # The kernel's clock of a process that is not ours: its number, inverted, above the kind "scheduled time".
    return time.clock_gettime((~pid << 3) | 2)


class Memory:
    """The most memory that a process has had, in KiB, and the most of its own, without its file."""

    def __init__(self, pid):
        self.pid, self.peak, self.private = pid, 0, 0

    def look(self):
        try:
            status = open(f"/proc/{self.pid}/status").read()
        except OSError:
            return
        found = dict(re.findall(r"^(VmHWM|RssAnon):\s+(\d+) kB", status, re.M))
        self.peak = max(self.peak, int(found.get("VmHWM", 0)))
        self.private = max(self.private, int(found.get("RssAnon", 0)))


def watched(words):
    """Runs the program: its processor time without its children, its memory, and the seconds that it took."""
    begun = time.monotonic()
    # It is looked whenever it says something, and each 50 ms: the end of a run says much.
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    memory = Memory(process.pid)
    reads = threading.Thread(target=lambda: [memory.look() for _ in process.stderr], daemon=True)
    reads.start()
    while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
        memory.look()
        time.sleep(0.05)
    # It has ended, and is still there to be asked.
    took = processor_time(process.pid)
    process.wait()
    reads.join()
    return took, memory, time.monotonic() - begun


def own(agent):
    spent = {}
    for seconds, iterations in ((10, 6), (10, 12), (1, 60)):
        words, output = agent.run("sysbench-cpu", ["THREADS=1", f"TIME={seconds}"], "--iterations", str(iterations))
        cpu, memory, took = watched(words)
        measured = json.load(open(f"{output}/record.json"))["benchmarks"][0]["cases"][0]["executions"]
        minutes = sum(execution["elapsed_seconds"] for execution in measured) / 60
        spent[seconds, iterations] = cpu, minutes
        print(f"== the program itself, while it measures {iterations} times {seconds} s with sysbench ({took:.1f} s in all)")
        print(f"processor time for a minute of measuring, its start and end included: {share(cpu / minutes)}")
        print(f"peak memory: {memory.peak / 1024:.2f} MiB, of it {memory.private / 1024:.2f} MiB its own; the rest is its file", flush=True)
    (short, one), (long, two) = spent[10, 6], spent[10, 12]
    print(f"a further minute of the same run: {share((long - short) / (two - one))}")


def share(seconds):
    """Processor seconds for each minute."""
    return f"{seconds * 1000:.1f} ms: {seconds / 60:.4%} of a core"


def timed(words, cwd):
    """The seconds that a program took, and its processor time with its children."""
    begun = time.monotonic()
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=cwd)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{' '.join(words)}: exit status {process.returncode}")
    return time.monotonic() - begun, usage.ru_utime + usage.ru_stime


def nextest(folder):
    """How cargo-nextest runs so many of a crate's empty tests; None where it is missing. It finds its binary without cargo."""
    if not shutil.which("cargo-nextest"):
        return None
    crate = f"{folder}/empty"
    os.makedirs(f"{crate}/src")
    with open(f"{crate}/Cargo.toml", "w") as file:
        file.write('[package]\nname = "empty"\nversion = "0.0.0"\nedition = "2021"\n[workspace]\n')
    with open(f"{crate}/src/lib.rs", "w") as file:
        file.writelines(f"#[test] fn t{at}() {{}}\n" for at in range(STEPS))
    say = lambda words: subprocess.check_output(words, cwd=crate, text=True, stderr=subprocess.DEVNULL)
    target = ["--target-dir", f"{crate}/target"]
    with open(f"{crate}/binaries.json", "w") as file:
        file.write(say(["cargo", "nextest", "list", "--list-type", "binaries-only", "--message-format", "json", *target]))
    with open(f"{crate}/cargo.json", "w") as file:
        file.write(say(["cargo", "metadata", "--format-version", "1", "--all-features"]))
    found = ["--binaries-metadata", f"{crate}/binaries.json", "--cargo-metadata", f"{crate}/cargo.json"]
    run = ["cargo-nextest", "nextest", "run", "--test-threads", "1", *found]
    return lambda count: (run if count == STEPS else [*run, "-E", "test(=t0)"], crate)


def definition(folder):
    os.makedirs(f"{folder}/definitions")
    with open(f"{folder}/definitions/step.yaml", "w") as file:
        file.write(
            "metadata: {format: Lava-Test Test Definition 1.0, name: step, description: Does nothing.}\n"
            "run: {steps: [lava-bench run step --definitions test-definitions --exit-zero]}\n"
            "benchmark:\n  schema: 1\n  tool: {name: 'true'}\n  command: ['true']\n"
            "  metrics: [{name: elapsed, unit: s, better: lower, range: [0, 1000]}]\n  measure: {elapsed: elapsed}\n"
        )


def step(agent):
    definition(agent.folder)

    def ours(count):
        words, _ = agent.run("step", [], "--iterations", str(count))
        return [words[0], "--definitions", f"{agent.folder}/definitions", *words[1:]], agent.folder

    tools = {"lava-bench": ours, "hyperfine": lambda count: (["hyperfine", "-N", "--runs", str(count), "true"], agent.folder)}
    tools["nextest"] = nextest(agent.folder)
    tools = {name: words for name, words in tools.items() if words}
    taken = {name: {count: [] for count in (1, STEPS)} for name in tools}
    for _ in range(ROUNDS):
        for name in random.sample(list(tools), len(tools)):
            for count in (1, STEPS):
                taken[name][count].append(timed(*tools[name](count)))
    print(f"== one step of {STEPS} times `true` (the time of 1 is taken off), medians of {ROUNDS}; ratios are ours / theirs")
    print(f"{'':12} {'ms a step':>10} {'ratio':>7} {'processor ms':>14} {'ratio':>7} {'ms for 1':>10}")
    middle = lambda name, count, which: statistics.median(one[which] for one in taken[name][count]) * 1000
    a_step = lambda name, which: (middle(name, STEPS, which) - middle(name, 1, which)) / (STEPS - 1)
    for name in tools:
        wall, cpu = a_step(name, 0), a_step(name, 1)
        ratios = [a_step("lava-bench", which) / of for which, of in ((0, wall), (1, cpu))]
        print(f"{name:12} {wall:10.3f} {ratios[0]:7.2f} {cpu:14.3f} {ratios[1]:7.2f} {middle(name, 1, 0):10.1f}", flush=True)
    if "nextest" not in tools:
        print('cargo-nextest is missing: "cargo install cargo-nextest" installs it')


def main():
    path, folder, count, parts = sys.argv[1], os.path.abspath(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
    agent = Agent(path, folder)
    print(f"{subprocess.check_output([path, '--version'], text=True).strip()}; load before: {os.getloadavg()[0]:.2f} on {os.cpu_count()} processors")
    parts = ["pairs", "own", "step"] if "all" in parts else parts
    if "pairs" in parts:
        pairs(agent, count)
    if "own" in parts:
        own(agent)
    if "step" in parts:
        step(agent)
    print(f"load after: {os.getloadavg()[0]:.2f}")
    shutil.rmtree(folder)


main()
