#!/usr/bin/env python3
"""Terrace beside Terraform with hashicorp/aws, on moto: one command, one table of ratios.

usage: aws.py [--bin PATH] [--terraform PATH|none] [--python PATH] [--only NAME] [--json FILE]

Every case runs on a moto of its own (`tests/aws/server.py`), which counts the API calls. The stacks of `tests/aws/stacks` are applied,
planned again and destroyed by each tool; the scale cases are applied by ours and planned again by both, on the same objects. Of plans of
stacks the one with the least CPU of three counts, for both: noise only ever adds. `--python` is an interpreter that has moto (the tests make
one below the target directory). Terraform finds its provider by its own configuration; where it is not installed our figures stand alone.
CPU and memory are those of the tool and all it starts, without moto's; the load of the machine before and after is written down too.
"""
import argparse, glob, json, os, shutil, subprocess, sys, tempfile, time
from core import best_of, measure

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
STACKS = os.path.join(ROOT, "tests", "aws", "stacks")

# What the project promises: ours is at most one part in so many of theirs.
NOOP = {"cpu": 50, "mb": 10}
CHANGE = {"wall": 5}
CALLS = {"calls": 20}

# name, variables of the stack `many`, whether Terraform plans it too, promises
SCALES = [
    ("300 security groups", dict(groups=300, rules=0, servers=0, is_balanced=False), True, CALLS),
    ("300 security groups and 300 rules", dict(groups=300, rules=300, servers=0, is_balanced=False), True, CALLS),
    ("300 instances behind a target group", dict(groups=0, rules=0, servers=300, is_balanced=True), True, CALLS),
    ("1,000 instances", dict(groups=0, rules=0, servers=1000, is_balanced=False), False, {"at most": 60}),
]

TRIALS = ["single-server", "app-db", "load-balanced", "multi-az"]

STEPS = {
    "apply": ["apply", "-input=false", "-no-color", "-auto-approve"],
    "no-op plan": ["plan", "-input=false", "-no-color", "-detailed-exitcode"],
    "destroy": ["destroy", "-input=false", "-no-color", "-auto-approve"],
}


class Place:
    """A directory with a stack in it, and an AWS of its own."""

    def __init__(self, args, stack, variables={}):
        self.bin = args.bin
        self.directory = tempfile.mkdtemp(prefix="terrace-bench-")
        self.log = os.path.join(self.directory, "requests")
        self.stack = os.path.join(self.directory, "stack")
        self.variables = variables
        shutil.copytree(os.path.join(STACKS, stack), self.stack)
        shutil.copy(os.path.join(STACKS, "provider.tf"), self.stack)
        server = [args.python, os.path.join(ROOT, "tests", "aws", "server.py"), self.log]
        self.server = subprocess.Popen(server, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.endpoint = "http://127.0.0.1:" + self.server.stdout.readline().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.kill()
        self.server.wait()
        shutil.rmtree(self.directory, ignore_errors=True)

    def environment(self):
        env = {k: v for k, v in os.environ.items() if not k.startswith("TF_") or k == "TF_CLI_CONFIG_FILE"}
        env.update(CHECKPOINT_DISABLE="1", TF_IN_AUTOMATION="1", AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test",
                   TF_VAR_endpoint=self.endpoint)
        env.update({"TF_VAR_" + name: json.dumps(value) for name, value in self.variables.items()})
        return env

    def init(self, tool):
        return subprocess.run([tool, "init", "-input=false"], cwd=self.stack, env=self.environment(), capture_output=True, text=True)

    def step(self, tool, name):
        open(self.log, "w").close()
        result = measure([tool] + STEPS[name], self.stack, self.environment())
        # What Terraform planned is work all the same where this AWS forgets what it was told; ours has to be empty.
        result["is_empty"] = result["code"] == 0
        if result["code"] != 0 and not (name == "no-op plan" and tool != self.bin and result["code"] == 2):
            sys.exit("%s: %s failed with code %s: %s" % (tool, name, result["code"], result["stderr"] or "the plan should be empty"))
        result["calls"] = sum(1 for _ in open(self.log))
        return result


def stack_rows(args, terraform):
    for name in TRIALS:
        if args.only and args.only not in name or not os.path.exists(os.path.join(STACKS, name)):
            continue
        figures = {}
        for tool in filter(None, (args.bin, terraform)):
            with Place(args, name) as place:
                place.init(tool)
                times = {"no-op plan": 3}
                figures[tool] = {step: best_of(times.get(step, 1), lambda: place.step(tool, step)) for step in STEPS}
        for step in STEPS:
            promised = CHANGE if step != "no-op plan" else {**NOOP, **CALLS} if name == "multi-az" else NOOP
            yield {"case": "%s, %s" % (name, step), "ours": figures[args.bin][step],
                   "theirs": figures.get(terraform, {}).get(step), "promised": promised}


def scale_rows(args, terraform):
    for name, variables, is_compared, promised in SCALES:
        if args.only and args.only not in name:
            continue
        with Place(args, "many", variables) as place:
            place.init(args.bin)
            place.step(args.bin, "apply")
            ours = best_of(3, lambda: place.step(args.bin, "no-op plan"))
            row = {"case": name, "ours": ours, "theirs": None, "promised": promised}
            if terraform and is_compared:
                place.init(terraform)
                row["theirs"] = place.step(terraform, "no-op plan")
            yield row


def show(row):
    ours, theirs = row["ours"], row["theirs"]
    line = "%-52s %7.2f %7.2f %6.0f %6d" % (row["case"], ours["cpu"], ours["wall"], ours["mb"], ours["calls"])
    kept = []
    if theirs:
        per = {key: theirs[key] / max(ours[key], 0.001) for key in ("cpu", "wall", "mb", "calls")}
        line += "   %7.2f %7.2f %6.0f %6d   %5.0f %5.0f %5.1f %6.1f" % (
            theirs["cpu"], theirs["wall"], theirs["mb"], theirs["calls"], per["cpu"], per["wall"], per["mb"], per["calls"])
        kept = ["%s %dx%s" % (key, least, "" if per[key] >= least else " NOT KEPT") for key, least in row["promised"].items() if key in per]
    if "at most" in row["promised"]:
        most = row["promised"]["at most"]
        kept.append("calls at most %d%s" % (most, "" if ours["calls"] <= most else " NOT KEPT"))
    if theirs and not theirs["is_empty"]:
        kept.append("their plan has changes")
    print(line + "   " + ", ".join(kept), flush=True)


def python_with_moto(target):
    found = glob.glob(os.path.join(target, "tmp", "moto-*", "bin", "python"))
    return found[0] if found else sys.executable


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=os.path.join(ROOT, "target", "release", "terrace"))
    parser.add_argument("--terraform", default="terraform")
    parser.add_argument("--python", default=None)
    parser.add_argument("--only")
    parser.add_argument("--json")
    args = parser.parse_args()
    args.bin = os.path.abspath(args.bin)
    args.python = args.python or python_with_moto(os.path.dirname(os.path.dirname(args.bin)))
    terraform = None if args.terraform == "none" else shutil.which(args.terraform)
    print("binary: %.1f MB" % (os.path.getsize(args.bin) / 1e6))
    print("%-52s %7s %7s %6s %6s   %7s %7s %6s %6s   %5s %5s %5s %6s" % (
        "", "our CPU", "wall", "MB", "calls", "their", "wall", "MB", "calls", "CPU x", "wall", "MB", "calls"))
    rows, load = [], [os.getloadavg()[0]]
    try:
        for source in (scale_rows, stack_rows):
            for row in source(args, terraform):
                show(row)
                rows.append(row)
    finally:
        load.append(os.getloadavg()[0])
        print("load of the machine before and after: %.1f, %.1f" % tuple(load))
        if args.json:
            write(args, rows, load)


def write(args, rows, load):
    for row in rows:
        for part in (row["ours"], row["theirs"] or {}):
            part.pop("stderr", None)
    with open(args.json, "w") as out:
        json.dump({"date": time.strftime("%Y-%m-%d"), "cores": os.cpu_count(), "load": load, "binary_bytes": os.path.getsize(args.bin),
                   "rows": rows}, out, indent=1)


if __name__ == "__main__":
    main()
