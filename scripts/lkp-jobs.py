"""The table and the comparison of scripts/lkp-jobs."""

import collections
import json
import os
import sys

import yaml


def atomic_jobs(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def why(job):
    """Why no definition runs a job."""
    tree = "the tree of lkp runs it ("
    told = [text.removeprefix(tree).removesuffix(")") for text in job.get("differs", []) if text.startswith(tree)]
    return job.get("not_run") or told[0]


def what_runs(job):
    """What becomes of an atomic job: a definition runs it, the tree of lkp does, or nothing."""
    return {"lkp-tests": "tree", None: "refused"}.get(job.get("definition"), "native")


def table(path, list_of_tests, count):
    with open(list_of_tests, encoding="utf-8") as names:
        counted = set(names.read().split())
    files, which, read = collections.defaultdict(set), collections.defaultdict(set), set()
    rows = collections.defaultdict(lambda: collections.Counter())
    reasons = collections.defaultdict(collections.Counter)
    for job in atomic_jobs(path):
        program = " ".join(job["programs"]) or "(no program)"
        read.add(job["file"])
        files[program].add(job["file"])
        rows[program][what_runs(job)] += 1
        which[what_runs(job)].add(job["file"])
        if what_runs(job) != "native":
            reasons[program][why(job).removeprefix(f"{program}: ")] += 1
    total = collections.Counter()
    for row in rows.values():
        total.update(row)
    summary(total, (int(count), len(read)), which, programs_that_run(rows, counted))
    print("| program | job files | atomic jobs | run as a definition | with a tree of lkp | not run | why there is no definition |")
    print("|---|---|---|---|---|---|---|")
    for program in sorted(rows):
        row = rows[program]
        first = reasons[program].most_common(3)
        whys = "; ".join(text.replace("|", "/") for text, _ in first) + ("; ..." if len(reasons[program]) > 3 else "")
        counts = f"{row['native']} | {row['tree']} | {row['refused']}"
        print(f"| {program} | {len(files[program])} | {row.total()} | {counts} | {whys} |")


def programs_that_run(rows, counted):
    """How many of lkp's performance programs there are, have jobs, and have jobs that run as definitions, or somehow."""
    with_jobs = [program for program in counted if program in rows]
    native = [program for program in with_jobs if rows[program]["native"]]
    some = [program for program in with_jobs if rows[program]["native"] or rows[program]["tree"]]
    return len(counted), len(with_jobs), len(native), len(some)


def summary(total, read, which, programs):
    """The first table of docs/lkp.md."""
    share = {kind: f"{total[kind]:,} ({100 * total[kind] / total.total():.1f} %)" for kind in ("native", "tree", "refused")}
    some = which["native"] | which["tree"]
    print("| what | how many |")
    print("|---|---|")
    print(f"| job files that are read | {read[1]} of {read[0]} |")
    print(f"| atomic jobs | {total.total():,} |")
    print(f"| atomic jobs that run as a definition | {share['native']}, from {len(which['native'])} job files |")
    print(f"| atomic jobs that run with a tree of lkp on the board, and not as a definition | {share['tree']}, from {len(which['tree'])} job files |")
    print(f"| atomic jobs that do not run, each with its reason | {share['refused']}, from {len(which['refused'])} job files |")
    print(f"| job files of which something runs, as a definition or with a tree | {len(some)} of {read[0]} |")
    print(
        f"| lkp's performance programs; of these, those that have jobs; those of which jobs run as definitions; those of which jobs run "
        f"as definitions or with a tree | {', '.join(str(number) for number in programs)} |"
    )
    print()


def compare(ours, ruby):
    equal, different, missing = 0, [], []
    by_name = {}
    for job in atomic_jobs(ours):
        stem = os.path.basename(job["file"]).removesuffix(".yaml")
        name = f"{stem}-{job['path']}"
        for key in ("commit", "ltp_commit", "nvml_commit", "blktests_commit", "qemu_commit", "perf_test_commit", "linux_commit"):
            if job["job"].get(key):
                name += f"-{job['job'][key]}"
        if job["job"].get("rootfs"):
            name += f"-{job['job']['rootfs'].split('/')[-1]}"
        # Of several with one name the last is written.
        by_name[(job["file"], name + ".yaml")] = job["job"]
    written = {(os.path.relpath(folder, ruby), name) for folder, _, names in os.walk(ruby) for name in names}
    for key in sorted(written | set(by_name)):
        if key not in written or key not in by_name:
            missing.append(key)
            continue
        with open(os.path.join(ruby, *key), encoding="utf-8") as text:
            theirs = json.loads(json.dumps(yaml.safe_load(text)))
        if theirs == by_name[key]:
            equal += 1
        else:
            different.append(key)
    print(f"atomic jobs equal to split-job's: {equal} of {len(written)}")
    for key in different[:20]:
        print("different:", *key)
    for key in missing[:20]:
        print("only one has:", *key)


if __name__ == "__main__":
    {"table": table, "compare": compare}[sys.argv[1]](*sys.argv[2:])
