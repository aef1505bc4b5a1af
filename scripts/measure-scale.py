"""What scripts/measure-scale needs: records, the time and the memory of a command, DuckDB's medians."""

import json
import os
import random
import resource
import subprocess
import sys
import time


def make(template, folder, records, samples=None):
    """Records of a tenth as many boards, 10 builds each: those of a real run, with other numbers, boots and names.

    With `samples`, each record has so many samples in all."""
    records = int(records)
    with open(template) as file:
        record = json.load(file)
    places = 0
    for benchmark in record["benchmarks"]:
        for case in benchmark["cases"]:
            # A busy machine disturbs the run that the records are made of.
            case["valid"] = True
            for one in [case, *case["executions"]]:
                one.pop("disturbances", None)
            for series in case["series"]:
                if samples:
                    share = int(samples) // sum(len(c["series"]) for b in record["benchmarks"] for c in b["cases"])
                    count = len(series["samples"])
                    series["samples"] = [[0.0] * (share // count) for _ in range(count)]
                for iteration in series["samples"]:
                    for at in range(len(iteration)):
                        iteration[at] = "@@"
                        places += 1
    record["id"], record["started"] = "@id@", "@started@"
    record["lab"] = {"device": "@device@", "device_type": "rpi4", "git_describe": "@build@"}
    record["boots"] = [{"id": "@boot@"}]
    text = json.dumps(record, separators=(",", ":"))
    parts = text.split('"@@"')
    assert len(parts) == places + 1
    chance = random.Random(1)
    for number in range(records):
        board, build = divmod(number, 10)
        # A board has a level of its own, and build 6 makes all slower.
        level = 1000 * (1 + board % 97 / 100) * (0.95 if build >= 6 else 1)
        values = [f"{level * chance.gauss(1, 0.01):.6g}" for _ in range(places)]
        told = "".join(part + value for part, value in zip(parts, values + [""]))
        for name, value in (
            ("id", f"{number + 1:08x}"),
            ("started", f"2026-11-{build + 1:02}T{board // 60 % 24:02}:{board % 60:02}:00Z"),
            ("device", f"board-{board}"),
            ("build", f"v6.{build}"),
            ("boot", f"{number + 1:012x}"),
        ):
            told = told.replace(f"@{name}@", value)
        if build == 0:
            os.makedirs(f"{folder}/board-{board}")
        with open(f"{folder}/board-{board}/{build}.json", "w") as file:
            file.write(told + "\n")


def run(name, output, *command):
    """Runs a command, and prints its time and its largest memory."""
    begun = time.monotonic()
    with open(output, "wb") as file:
        code = subprocess.call(command, stdout=file, stderr=subprocess.STDOUT)
    elapsed = time.monotonic() - begun
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        f"{name:40} {used.ru_utime + used.ru_stime:8.2f} s CPU {elapsed:8.2f} s elapsed {used.ru_maxrss / 1024:8.1f} MB peak"
    )
    return code


def python():
    """Prints an interpreter that has DuckDB; it is installed below target/ once."""
    folder = os.path.join(os.environ.get("CARGO_TARGET_DIR", "target"), "python")
    interpreter = os.path.join(folder, "bin", "python")

    def has():
        try:
            return subprocess.call([interpreter, "-c", "import duckdb"], stderr=subprocess.DEVNULL) == 0
        except OSError:
            return False

    if not has():
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.call([sys.executable, "-m", "venv", folder], **quiet)
        subprocess.call([os.path.join(folder, "bin", "pip"), "install", "--quiet", "duckdb"], **quiet)
    if has():
        print(interpreter)
        return 0
    return 1


def medians(tables, history):
    """The median of each boot by DuckDB, and how many of ours it has."""
    import duckdb

    begun = time.monotonic()
    rows = duckdb.sql(
        f"""select device, "case", metric, labels, boot, median(value), count(*)
        from read_parquet('{tables}/**/*.parquet', hive_partitioning = true)
        where result = 'pass' and valid is distinct from false group by all"""
    ).fetchall()
    elapsed = time.monotonic() - begun
    found = sorted(row[5] for row in rows)
    print(f"DuckDB: {sum(row[6] for row in rows)} samples, {len(rows)} medians in {elapsed:.2f} s")
    with open(history) as file:
        # Without a metric it is the index of a benchmark.
        series = [one for one in json.load(file)["series"] if one["metric"]]
    ours = sorted(value["value"] for one in series for value in one["values"])
    same = sum(abs(a - b) <= 1e-12 * abs(b) for a, b in zip(found, ours))
    print(f"the same as ours: {same} of {len(ours)}")
    return 0 if same == len(ours) == len(found) else 1


if __name__ == "__main__":
    sys.exit({"make": make, "run": run, "python": python, "medians": medians}[sys.argv[1]](*sys.argv[2:]))
