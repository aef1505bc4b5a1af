#!/usr/bin/env python3
"""Sorts what lava-run prints (stdin) into files of the folder OUT, line by line, so that an interrupted job leaves them too:

    log.yaml       its log, each line as LAVA's server stores it ("- " and a mapping)
    results.jsonl  the results in that log, as JSON
    stderr         all else: a traceback, a warning
    verdict        at the end: "complete", or "incomplete: TYPE: MESSAGE"

and shows on stderr what a person wants to see: errors, and the end of the board's console if the job did not complete.

usage: keep-log.py OUT LAVA_RUN_OUTPUT < lava-run's output
"""

import collections
import json
import pathlib
import re
import sys

import yaml

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
RECORD = re.compile(r'(?:- )?(\{"dt": ".*\})$')
LEVEL = re.compile(r'"lvl": "(\w+)"')


def main():
    out, lava_run = map(pathlib.Path, sys.argv[1:])
    sys.stdin.reconfigure(encoding="utf-8", errors="replace", newline="\n")
    console, errors, seen, verdict = collections.deque(maxlen=25), [], 0, None

    def keep(line):
        nonlocal seen, verdict
        record = RECORD.match(line)
        if not record:
            print(line, file=other, flush=True)
            return
        seen += 1
        print("- " + record[1], file=log, flush=True)
        level = LEVEL.search(line)[1]
        if level == "target":
            console.append(line)
        elif level in ("results", "error", "exception"):
            message = yaml.load(record[1], LOADER)["msg"]
            if level == "results":
                print(json.dumps(message, default=str), file=results, flush=True)
                if (message.get("definition"), message.get("case")) == ("lava", "job"):
                    verdict = message
            elif message:
                errors.append(str(message))

    with open(out / "log.yaml", "w") as log, open(out / "results.jsonl", "w") as results, open(out / "stderr", "w") as other:
        for line in sys.stdin:
            keep(line.rstrip("\r\n"))
        if not seen and (lava_run / "logs.yaml").exists():  # newer dispatchers write it there
            with open(lava_run / "logs.yaml", encoding="utf-8", errors="replace", newline="\n") as lines:
                for line in lines:
                    keep(line.rstrip("\r\n"))

    if verdict and verdict["result"] == "pass":
        text = "complete"
    elif verdict:
        text = "incomplete: %s: %s" % (verdict.get("error_type"), verdict.get("error_msg"))
    else:
        text = "incomplete: lava-run ended without a verdict"
    if text != "complete":
        for line in console:
            print("  board |", str(yaml.load(line, LOADER)["msg"]).rstrip(), file=sys.stderr)
        for message in errors:
            print("  lava  |", message.rstrip(), file=sys.stderr)
    (out / "verdict").write_text(" ".join(text.split()) + "\n")


main()
