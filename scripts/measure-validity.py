"""How often the rules of docs/validity.md are wrong: quiet iterations, and iterations that are disturbed on purpose.

Started by `scripts/measure-validity`, which says how.
"""

import argparse
import collections
import contextlib
import glob
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

SHIFT = 0.05

# Name: words of `run`, the metric, its share of the quiet iterations, whether one CPU is all that it uses.
BENCHMARKS = {
    "primes-1": (["primes", "--param", "THREADS=1", "--param", "TIME=0.2"], "rounds-per-second", 0.32, True),
    "primes-2": (["primes", "--param", "THREADS=2", "--param", "TIME=0.2"], "rounds-per-second", 0.26, False),
    "sched-messaging": (
        ["perf-bench-sched-messaging", "--param", "GROUP_COUNT=1", "--param", "LOOPS=500"],
        "total-time",
        0.16,
        False,
    ),
    "sched-pipe": (["perf-bench-sched-pipe", "--param", "LOOPS=20000"], "operations-per-second", 0.16, False),
    "sysbench-cpu": (["sysbench-cpu", "--param", "THREADS=1", "--param", "TIME=1"], "events-per-second", 0.015, True),
    "sysbench-memory": (
        ["sysbench-memory", "--param", "THREADS=1", "--param", "OPERATION=write", "--param", "TIME=1"],
        None,
        0.015,
        True,
    ),
    "sysbench-fileio": (
        ["sysbench-fileio", "--param", "THREADS=1", "--param", "MODE=rndrw", "--param", "SIZE=64M", "--param", "TIME=1"],
        None,
        0.02,
        False,
    ),
}

BUSY = """
import os, sys, time
share, period = float(sys.argv[1]), 0.02
if len(sys.argv) > 2:
    os.sched_setaffinity(0, {int(sys.argv[2])})
while True:
    begun = time.monotonic()
    while share >= 1 or time.monotonic() - begun < share * period:
        pass
    time.sleep((1 - share) * period)
"""

MEMORY = """
import mmap
while True:
    block = mmap.mmap(-1, 256 << 20)
    for at in range(0, 256 << 20, 4096):
        block[at] = 1
    block.close()
"""


@contextlib.contextmanager
def others(*commands):
    """Other processes, each the head of a session of its own."""
    children = [
        subprocess.Popen(words, start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for words in commands
    ]
    time.sleep(0.3)
    try:
        yield
    finally:
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def busy(share, cpu=None):
    return others([sys.executable, "-c", BUSY, str(share)] + ([] if cpu is None else [str(cpu)]))


class NotHere(Exception):
    """Why a disturbance cannot be made on this machine."""


@contextlib.contextmanager
def quota(percent):
    """A group with a quota of CPU time for the agent: the path of what it writes its number to."""
    v1, v2 = "/sys/fs/cgroup/cpu", "/sys/fs/cgroup"
    if os.path.exists(f"{v1}/cpu.cfs_quota_us") or os.path.exists(f"{v1}/cgroup.procs"):
        group, settings = f"{v1}/lava-bench-quota", {"cpu.cfs_period_us": "20000", "cpu.cfs_quota_us": str(200 * percent)}
    elif os.path.exists(f"{v2}/cgroup.controllers"):
        group, settings = f"{v2}/lava-bench-quota", {"cpu.max": f"{200 * percent} 20000"}
        with contextlib.suppress(OSError), open(f"{v2}/cgroup.subtree_control", "w") as file:
            file.write("+cpu")
    else:
        raise NotHere("no cgroups")
    try:
        os.makedirs(group, exist_ok=True)
        for name, value in settings.items():
            with open(f"{group}/{name}", "w") as file:
                file.write(value)
    except OSError as error:
        raise NotHere(f"no quota may be set: {error}") from error
    try:
        yield f"{group}/cgroup.procs"
    finally:
        for _ in range(100):
            with contextlib.suppress(OSError):
                os.rmdir(group)
                break
            time.sleep(0.05)


@contextlib.contextmanager
def frequency_limit():
    """The highest frequency allowed is lowered while the run goes on."""
    policies = glob.glob("/sys/devices/system/cpu/cpufreq/policy*")
    if not policies:
        raise NotHere("this machine has no cpufreq")
    before = {}
    try:
        for policy in policies:
            with open(f"{policy}/scaling_max_freq") as file:
                before[policy] = file.read()
            with open(f"{policy}/cpuinfo_min_freq") as file:
                lowest = int(file.read())
            with open(f"{policy}/scaling_max_freq", "w") as file:
                file.write(str((int(before[policy]) + lowest) // 2))
        yield
    except OSError as error:
        raise NotHere(f"the limit may not be set: {error}") from error
    finally:
        for policy, text in before.items():
            with contextlib.suppress(OSError), open(f"{policy}/scaling_max_freq", "w") as file:
                file.write(text)


@contextlib.contextmanager
def swapping():
    with open("/proc/meminfo") as file:
        sizes = {line.split(":")[0]: int(line.split()[1]) for line in file}
    if sizes["SwapTotal"] < 1 << 20:
        raise NotHere("less than 1 GiB of swap")
    size = (sizes["MemAvailable"] << 10) + (256 << 20)
    hog = f"import mmap\nb = mmap.mmap(-1, {size})\nwhile True:\n  for at in range(0, {size}, 4096): b[at] = 1\n"
    with others([sys.executable, "-c", hog]):
        time.sleep(20)
        yield


def disk(folder):
    path = os.path.join(folder, "neighbour")
    loop = f"while :; do dd if=/dev/zero of={path} bs=1M count=256 oflag=direct; dd if={path} of=/dev/null bs=1M iflag=direct; done"
    return others(["sh", "-c", loop])


def disturbances(folder):
    """Name: how, whether the agent is held on CPU 0."""
    return {
        "other process, 10 % of the same CPU": (lambda: busy(0.1, 0), True),
        "other process, 50 % of the same CPU": (lambda: busy(0.5, 0), True),
        "other process, 100 % of the same CPU": (lambda: busy(1.0, 0), True),
        "other process, 10 % of any CPU": (lambda: busy(0.1), False),
        "other process, 50 % of any CPU": (lambda: busy(0.5), False),
        "other process, 100 % of any CPU": (lambda: busy(1.0), False),
        "as many busy processes as CPUs": (lambda: others(*[[sys.executable, "-c", BUSY, "1"]] * (os.cpu_count() or 1)), False),
        "many short processes": (lambda: others(["sh", "-c", "while :; do /bin/true; done"]), False),
        "memory that comes and goes": (lambda: others([sys.executable, "-c", MEMORY]), False),
        "quota of 80 % of a CPU": (lambda: quota(80), False),
        "quota of 40 % of a CPU": (lambda: quota(40), False),
        "direct disk traffic": (lambda: disk(folder), False),
        "swap": (swapping, False),
        "frequency limit": (frequency_limit, False),
    }


class Machine:
    """Runs benchmarks with the agent."""

    def __init__(self, agent, folder):
        self.agent, self.folder, self.runs = agent, folder, 0

    def measure(self, name, iterations, one_cpu=False, group=None, more=(), meanwhile=None):
        """The iterations of a run: for each the score, its disturbances, when it began and how long it took."""
        words, metric, _, single = BENCHMARKS[name]
        self.runs += 1
        output = os.path.join(self.folder, str(self.runs))

        def prepare():
            if one_cpu and single:
                os.sched_setaffinity(0, {0})
            if group:
                with open(group, "w") as file:
                    file.write("0")

        command = [self.agent, "run", *words, "--iterations", str(iterations), "--signals", "none", "--output", output, *more]
        child = subprocess.Popen(command, preexec_fn=prepare, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if meanwhile:
            meanwhile(child)
        said = child.communicate()[1]
        if child.returncode:
            sys.exit(f"{' '.join(command)}: exit status {child.returncode}\n{said}")
        with open(os.path.join(output, "record.json")) as file:
            case = json.load(file)["benchmarks"][0]["cases"][0]
        shutil.rmtree(output)
        series = next(one for one in case["series"] if metric in (None, one["metric"]))
        steps = [one for one in case["executions"] if one.get("role", "iteration") == "iteration"]
        return [
            {
                "score": values[0],
                "why": step.get("disturbances", []),
                "begun": step["since_boot_seconds"],
                "took": step["elapsed_seconds"],
            }
            for values, step in zip(series["samples"], steps)
        ]


def percent(part, whole):
    return f"{100 * part / whole:.1f} %" if whole else "-"


def rules(iterations):
    count = collections.Counter(rule for one in iterations for rule in {why.split(":")[0] for why in one["why"]})
    return ", ".join(f"{rule} {times}" for rule, times in count.most_common()) or "-"


def quiet(machine, names, wanted):
    print("| quiet | iterations | rejected | share | rules | spread of the score | between two iterations |")
    print("|---|---|---|---|---|---|---|")
    everything = []
    shares = sum(BENCHMARKS[name][2] for name in names)
    for name in names:
        found = machine.measure(name, max(2, round(wanted * BENCHMARKS[name][2] / shares)))
        everything += found
        scores = [one["score"] for one in found]
        gaps = [b["begun"] - a["begun"] - a["took"] for a, b in zip(found, found[1:])]
        rejected = [one for one in found if one["why"]]
        spread = statistics.pstdev(scores) / statistics.mean(scores)
        print(
            f"| {name} | {len(found)} | {len(rejected)} | {percent(len(rejected), len(found))} | {rules(rejected)} "
            f"| {100 * spread:.1f} % | {1000 * statistics.median(gaps):.0f} ms |",
            flush=True,
        )
        for one in rejected[:5]:
            print(f"{name}: {one['score']}: {'; '.join(one['why'])}", file=sys.stderr)
    rejected = [one for one in everything if one["why"]]
    print(f"| **all** | {len(everything)} | {len(rejected)} | **{percent(len(rejected), len(everything))}** | {rules(rejected)} | | |")


def disturb(machine, name, how, pinned, each):
    """Quiet iterations of one benchmark, and then disturbed ones."""
    # Those that take a second are fewer.
    count = max(2, each // 3) if name.startswith("sysbench") else each
    if how is frequency_limit:
        before, disturbed = machine.measure(name, count), limited(machine, name, count)
    else:
        with how() as group:
            disturbed = machine.measure(name, count, pinned, group)
        before = machine.measure(name, count, pinned)
    usual = statistics.median(one["score"] for one in before)
    return [one | {"shifted": abs(one["score"] / usual - 1) > SHIFT} for one in disturbed]


def limited(machine, name, count):
    """The limit falls once the run has seen the highest frequency."""
    limit = contextlib.ExitStack()

    def fall(_):
        time.sleep(1)
        limit.enter_context(frequency_limit())

    with limit:
        return machine.measure(name, count + 8, meanwhile=fall)[8:]


def detection(machine, names, each, folder):
    print("\n| disturbance | iterations | score moved by more than 5 % | of these rejected | of all rejected | rules | missed |")
    print("|---|---|---|---|---|---|---|")
    all_shifted, all_found = 0, 0
    for title, (how, pinned) in disturbances(folder).items():
        found, missed = [], []
        try:
            for name in names:
                of_this = disturb(machine, name, how, pinned, each)
                found += of_this
                lost = [one for one in of_this if one["shifted"] and not one["why"]]
                if lost:
                    missed.append(f"{name} {len(lost)}")
        except NotHere as why:
            print(f"| {title} | not here: {why} | | | | | |")
            continue
        shifted = [one for one in found if one["shifted"]]
        seen = [one for one in shifted if one["why"]]
        rejected = [one for one in found if one["why"]]
        all_shifted, all_found = all_shifted + len(shifted), all_found + len(seen)
        print(
            f"| {title} | {len(found)} | {len(shifted)} | {percent(len(seen), len(shifted))} "
            f"| {percent(len(rejected), len(found))} | {rules(found)} | {', '.join(missed) or '-'} |",
            flush=True,
        )
    print(f"| **all** | | {all_shifted} | **{percent(all_found, all_shifted)}** | | | |")


def groups(machine, names, each):
    print("\n| benchmark | iterations of each | with a control group, against without |")
    print("|---|---|---|")
    for name in names:
        with_group, without = [], []
        for _ in range(4):
            count = max(2, each // 2)
            with_group += [one["score"] for one in machine.measure(name, count)]
            without += [one["score"] for one in machine.measure(name, count, more=["--no-cgroup"])]
        change = statistics.median(with_group) / statistics.median(without) - 1
        print(f"| {name} | {len(with_group)} | {100 * change:+.1f} % |", flush=True)


def main():
    parser = argparse.ArgumentParser(prog="scripts/measure-validity")
    parser.add_argument("agent")
    parser.add_argument("--quiet", type=int, default=1000)
    parser.add_argument("--each", type=int, default=6)
    parser.add_argument("--only", action="append", choices=list(BENCHMARKS))
    arguments = parser.parse_args()
    names = arguments.only or list(BENCHMARKS)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(dir="target") as folder:
        machine = Machine(os.path.abspath(arguments.agent), os.path.abspath(folder))
        if arguments.quiet:
            quiet(machine, names, arguments.quiet)
        if arguments.each:
            detection(machine, names, arguments.each, machine.folder)
            groups(machine, [name for name in names if name in ("primes-1", "sched-messaging", "sched-pipe")], arguments.each)
    print(f"\n{os.cpu_count()} CPUs, Linux {os.uname().release}, {time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    main()
