"""What scripts/power-cuts does: a disk with a volatile cache, boards whose power is cut, and what is left of their runs."""

import hashlib
import json
import os
import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

CASES, ITERATIONS = 8, 5
DISK = 64 << 20
# A cut comes when so many iterations have begun in a boot, and so many seconds later; without one, so long after the boot.
MOST_BEGUN, LATER, BEFORE = 12, 1.0, 4.0
TIMEOUT = 600

DEFINITION = """
metadata: {format: Lava-Test Test Definition 1.0, name: cuts, description: Gives a number that no other execution gives.}
params: {N: '%s', ITERATIONS: '%d'}
run:
  steps:
    - lava-bench run cuts --definitions test-definitions --exit-zero --param "N=$N" --param "ITERATIONS=$ITERATIONS"
benchmark:
  schema: 1
  tool: {name: sh}
  parameters: [{name: N, type: integer, list: true, minimum: 1, maximum: 1000, description: the case}]
  matrix: [{label: n, parameter: N}]
  command: [sh, -c, 'sleep 0.2; echo case {N}; echo score $((RANDOM * 32768 + RANDOM))']
  metrics: [{name: score, unit: points, better: higher, range: [0, 1.0e12]}]
  outputs:
    - name: one
      recognise: '^case'
      patterns: [{metric: score, regex: '^score (?P<value>\\d+)$'}]
""" % (" ".join(str(n + 1) for n in range(CASES)), ITERATIONS)

# What a board does whenever it boots. A run that has told nothing has nothing to go on with.
BOOTED = """
echo "boot $(cat /proc/sys/kernel/random/boot_id)"
mount -t ext4 /dev/vda /mnt || exit 90
if lava-bench recover /mnt/all/run -o /tmp/journal.json 2>/dev/null && [ -e /tmp/journal.json ]; then
	lava-bench --definitions /mnt/definitions run --resume /mnt/all/run --signals all
elif [ -e /mnt/all/run/record.json ]; then
	echo 'it was done'
else
	rm -rf /mnt/all
	lava-bench --definitions /mnt/definitions run cuts --output /mnt/all/run --signals all
fi
echo "ended $?"
sleep 1000
"""

SAMPLE = re.compile(
    r"<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=cuts\.score\.n_(\d+)\.(\d+)\.0 RESULT=pass MEASUREMENT=(\d+) UNITS=points CHECK=[0-9a-f]{16}>"
)
BOOT = re.compile(r"^boot ([0-9a-f-]{36})\r?$", re.M)
ENDED = re.compile(r"^ended (\d+)\r?$", re.M)
BEGINS = re.compile(r"cuts n=(\d+): iteration (\d+) of")


class Disk(threading.Thread):
    """A disk as a server of NBD: `seen` is what the board reads, `safe` what has been flushed, `cached` what has not."""

    def __init__(self, path, chance):
        super().__init__(daemon=True)
        self.chance, self.cached, self.lost, self.kept = chance, [], 0, 0
        self.seen = self.safe = bytearray()
        self.gone = threading.Event()
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(path)
        self.socket.listen(1)

    def insert(self, image):
        self.seen, self.safe = bytearray(image), bytearray(image)

    def run(self):
        while True:
            connection, _ = self.socket.accept()
            credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
            self.board = struct.unpack("3i", credentials)[0]
            try:
                self.greet(connection)
                while self.serve(connection):
                    pass
            except (EOFError, ConnectionError):
                pass
            connection.close()
            self.lose()
            self.gone.set()

    def greet(self, connection):
        connection.sendall(b"NBDMAGICIHAVEOPT" + struct.pack(">H", 3))
        receive(connection, 4)
        while True:
            _, option, length = struct.unpack(">8sII", receive(connection, 16))
            receive(connection, length)
            reply = lambda kind, data: connection.sendall(struct.pack(">QIII", 0x3E889045565A9, option, kind, len(data)) + data)
            if option == 7:  # GO: the size, and that it can flush and force a write through
                reply(3, struct.pack(">HQH", 0, len(self.seen), 1 | 4 | 8))
                return reply(1, b"")
            reply(0x80000001, b"")

    def serve(self, connection):
        _, flags, kind, handle, offset, length = struct.unpack(">IHHQQI", receive(connection, 28))
        data = b""
        if kind == 0:
            data = bytes(self.seen[offset : offset + length])
        elif kind == 1:
            self.write(offset, receive(connection, length), flags & 1)
        elif kind == 2:
            return False
        elif kind == 3:
            self.flush()
        connection.sendall(struct.pack(">IIQ", 0x67446698, 0 if kind in (0, 1, 3) else 22, handle) + data)
        return True

    def cut(self):
        """Takes the power from the board that uses the disk: SIGKILL leaves qemu no time to finish anything."""
        os.kill(self.board, signal.SIGKILL)
        self.gone.wait()

    def write(self, offset, data, through):
        self.seen[offset : offset + len(data)] = data
        if through:
            self.safe[offset : offset + len(data)] = data
        else:
            self.cached.append((offset, data))

    def flush(self):
        for offset, data in self.cached:
            self.safe[offset : offset + len(data)] = data
        self.cached = []

    def lose(self):
        """The power went: how much of the cache is lost differs from cut to cut, none and all of it included."""
        keeps = self.chance.choice([0.0, 0.5, 0.9, 1.0])
        for offset, data in self.cached:
            if self.chance.random() < keeps:
                self.safe[offset : offset + len(data)] = data
                self.kept += 1
            else:
                self.lost += 1
        self.cached, self.seen = [], bytearray(self.safe)


def receive(connection, length):
    data = b""
    while len(data) < length:
        more = connection.recv(length - len(data))
        if not more:
            raise EOFError
        data += more
    return data


class Run:
    """One run: what its boots told, and what was wrong."""

    def __init__(self, folder):
        self.folder, self.boots, self.cuts, self.before = folder, 0, 0, 0
        self.told, self.begun, self.ids, self.lost, self.wrong = {}, set(), [], [], []

    def boot(self, disk, agent, cut):
        """Boots the board, and cuts its power: when `cut` says, or when the run has ended; whether it has."""
        self.boots += 1
        capture = f"{self.folder}/boot-{self.boots}.log"
        command = ["scripts/board", "--agent", agent, "--capture", capture, "--timeout", f"{TIMEOUT}s"]
        command += ["--disk", f"nbd+unix:///?socket={disk.socket.getsockname()}", "--", BOOTED]
        disk.gone.clear()
        with open(f"{self.folder}/board.errors", "w") as errors:
            board = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
            ended = self.until(board, capture, cut)
            disk.cut()
            board.wait()
        self.listen(capture)
        if ended and ended[1] not in "01":
            sys.exit(f"{capture}: exit status {ended[1]}")
        if not ended:
            self.cuts, self.before = self.cuts + 1, len(self.told)
        return bool(ended)

    def until(self, board, capture, cut):
        """Waits for the moment that `cut` names, or for the end of the run."""
        while board.poll() is None:
            text = open(capture, errors="replace").read() if os.path.exists(capture) else ""
            if ended := ENDED.search(text):
                return ended
            if cut and BOOT.search(text) and len(BEGINS.findall(text)) >= cut[0]:
                time.sleep(cut[1])
                return ENDED.search(open(capture, errors="replace").read())
            time.sleep(0.02)
        sys.exit(f"the board went down by itself: see {self.folder}/board.errors and {capture}")

    def listen(self, capture):
        text = open(capture, "rb").read().decode(errors="replace")
        found = BOOT.search(text)
        boot = hashlib.sha256(found[1].encode()).hexdigest()[:12] if found else None
        self.ids.append(boot)
        if BEGINS.search(text):
            self.begun.add(boot)
        for n, number in BEGINS.findall(text):
            # An iteration begins when the one before it is done.
            if int(number) > 1:
                self.told.setdefault((n, int(number) - 2), (None, None))
        for n, number, value in SAMPLE.findall(text):
            known = self.told.get((n, int(number)), (None, None))[0]
            if known not in (None, value):
                self.lost.append(f"n={n}: iteration {number} was told as {known}, then as {value}")
                continue
            self.told[n, int(number)] = (value, boot if known is None else self.told[n, int(number)][1])

    def check(self):
        """Looks for each iteration that was told. How many iterations a quarantine left out."""
        path = f"{self.folder}/disk/all/run"
        try:
            record = json.load(open(f"{path}/record.json"))
        except (OSError, ValueError) as error:
            self.lost.append(f"no record, and {len(self.told)} iterations were told: {error}")
            return 0
        left = [name for name in ("journal", "run.lock", "record.json.partial") if os.path.exists(f"{path}/{name}")]
        self.expect(not left, f"left behind: {left}")
        self.expect(not record.get("interrupted") and not record.get("not_begun"), "the record is not complete")
        ids = [boot["id"] for boot in record["boots"]]
        self.expect(len(set(ids)) == len(ids) and self.begun <= set(ids) <= set(self.ids), f"boots: {ids}, told: {self.ids}")
        quarantine = record.get("quarantine", [])
        cases = {case["labels"]["n"]: case for case in record["benchmarks"][0]["cases"]}
        self.expect(len(record["benchmarks"]) == 1 and len(cases) == CASES, f"cases: {sorted(cases)}")
        left_out = 0
        for n, case in cases.items():
            named = [entry for entry in quarantine if entry["labels"]["n"] == n]
            values = self.case(path, n, case, ids)
            missing = [number for number in range(ITERATIONS) if number not in values]
            self.expect(case["result"] == ("fail" if named else "pass"), f"n={n}: {case['result']}, {case.get('reasons')}")
            self.expect(bool(missing) <= bool(named), f"n={n}: iterations {missing} are not there")
            left_out += len(missing)
            told = {number: of for (case_of, number), of in self.told.items() if case_of == n}
            for number, (value, boot) in told.items():
                there = values.get(number)
                # What was measured just before a cut is told by the next boot.
                before = there and (boot is None or self.ids.index(there[1]) <= self.ids.index(boot))
                if not before or value not in (None, there[0]):
                    self.lost.append(f"n={n}: iteration {number} was told as {value} in {boot}, and is {there}")
        return left_out

    def case(self, path, n, case, ids):
        """The value and the boot of each iteration of a case that is there once, with its raw output."""
        values = {}
        samples = case["series"][0]["samples"] if case.get("series") else []
        for execution in case.get("executions", []):
            if execution.get("role", "iteration") != "iteration":
                continue
            number = execution["iteration"]
            self.expect(number not in values, f"n={n}: iteration {number} is there twice")
            self.expect(len(samples) > number and len(samples[number]) == 1, f"n={n}: iteration {number} has no sample")
            value = str(samples[number][0]).removesuffix(".0")
            values[number] = (value, ids[execution.get("boot", 0)])
            for output in execution.get("outputs", []):
                self.raw(f"{path}/{case['folder']}/{output['file']}", output, value)
        return values

    def raw(self, path, output, value):
        try:
            text = open(path).read()
        except OSError as error:
            return self.wrong.append(f"raw output: {error}")
        self.expect(len(text) == output.get("kept_bytes", output["bytes"]) and f"score {value}\n" in text, f"{path}: {text!r}")

    def expect(self, holds, what):
        if not holds:
            self.wrong.append(what)


def image(folder):
    """A disk with nothing but the definition."""
    shutil.rmtree(f"{folder}/new", ignore_errors=True)
    os.makedirs(f"{folder}/new/definitions")
    with open(f"{folder}/new/definitions/cuts.yaml", "w") as file:
        file.write(DEFINITION)
    with open(f"{folder}/disk.img", "wb") as file:
        file.truncate(DISK)
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-d", f"{folder}/new", f"{folder}/disk.img"], check=True)
    return open(f"{folder}/disk.img", "rb").read()


def dump(folder, data):
    """What is on the disk, once the file system has replayed its own journal, as it does when it is mounted."""
    with open(f"{folder}/disk.img", "wb") as file:
        file.write(data)
    replayed = subprocess.run(["e2fsck", "-p", f"{folder}/disk.img"], capture_output=True, text=True)
    if replayed.returncode > 1:
        sys.exit(f"the file system is broken: {replayed.stdout}")
    shutil.rmtree(f"{folder}/disk", ignore_errors=True)
    os.makedirs(f"{folder}/disk")
    subprocess.run(["debugfs", "-R", f"rdump / {folder}/disk", f"{folder}/disk.img"], capture_output=True, check=True)
    os.remove(f"{folder}/disk.img")


def moment(chance):
    begun = chance.randint(0, MOST_BEGUN)
    return begun, chance.uniform(0, LATER if begun else BEFORE)


def main():
    cuts, seed, agent, output = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
    chance, begun = random.Random(seed), time.time()
    shutil.rmtree(output, ignore_errors=True)
    os.makedirs(output)
    # The path of a socket is short.
    socket_folder = subprocess.check_output(["mktemp", "-d"], text=True).strip()
    disk = Disk(f"{socket_folder}/disk", random.Random(seed + 1))
    disk.start()
    totals = dict.fromkeys(["runs", "cuts", "boots", "before", "told", "lost", "left out", "wrong"], 0)
    while totals["cuts"] < cuts:
        run = Run(f"{output}/run-{totals['runs'] + 1}")
        os.makedirs(run.folder)
        disk.insert(image(run.folder))
        while not run.boot(disk, agent, moment(chance) if totals["cuts"] + run.cuts < cuts else None):
            pass
        dump(run.folder, disk.safe)
        left_out = run.check()
        new = [1, run.cuts, run.boots, run.before, len(run.told), len(run.lost), left_out, len(run.wrong)]
        totals = {name: total + more for (name, total), more in zip(totals.items(), new)}
        told = f"run {totals['runs']}: {run.cuts} cuts, {len(run.told)} iterations told, {len(run.lost)} lost"
        print(told, *run.lost, *run.wrong, sep="\n  ", flush=True)
    shutil.rmtree(socket_folder)
    print(f"\nseed {seed}; a disk with a cache: {disk.lost} writes lost, {disk.kept} kept that were not flushed")
    print(f"cuts {totals['cuts']}, boots {totals['boots']}, runs {totals['runs']}, seconds {time.time() - begun:.0f}")
    print(f"iterations told as done: {totals['told']}, of these before a cut: {totals['before']}")
    print(f"lost: {totals['lost']}; other faults: {totals['wrong']}")
    print(f"iterations of cases that a quarantine ended, all named: {totals['left out']}")
    sys.exit(totals["lost"] + totals["wrong"] > 0)


main()
