#!/usr/bin/env python3
"""Terrace beside Terraform on terraform_data alone: one command, one table of ratios.

usage: core.py [--bin PATH] [--terraform PATH|none] [--only NAME] [--scale] [--json FILE]

Both run in the same directory layout, one after the other, on the same machine. Figures are CPU seconds (user + system of
the process and all it started), wall seconds, and the peak resident memory. Where Terraform is not
installed our figures stand alone. `--scale` prints how ours grow up to 100,000 instances instead.
"""
import argparse, json, os, shutil, subprocess, sys, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))

# name, shape, instances, the step that is measured, the least CPU ratio that the project promises
CASES = [
    ("start-up (version)", None, 0, "version", None),
    ("fresh plan, count 10,000", "count", 10_000, "plan", 50),
    ("no-op plan, count 5,000", "count", 5_000, "noop", 200),
    ("fresh plan, for_each set 1,000", "foreach", 1_000, "plan", 500),
    ("no-op plan, for_each set 1,000", "foreach", 1_000, "noop", None),
    ("fresh plan, for_each map 2,000", "foreachmap", 2_000, "plan", None),
    ("fresh plan, 5,000 blocks", "flat", 5_000, "plan", None),
    ("fresh plan, chain 1,000", "chain", 1_000, "plan", 100),
    ("fresh plan, layered 1,000", "layered", 1_000, "plan", None),
    ("fresh plan, xcount 2,000", "xcount", 2_000, "plan", 500),
    ("fresh plan, modules 1,000", "modules", 1_000, "plan", None),
    ("apply, count 2,000", "count", 2_000, "apply", 50),
    ("destroy, count 1,000", "count", 1_000, "destroy", None),
    ("validate, tree of 5 MB", "tree", 5, "validate", 30),
]

SCALE = [("count", "plan"), ("count", "noop"), ("count", "apply"), ("count", "destroy"), ("foreach", "plan"), ("flat", "plan"),
         ("chain", "plan"), ("layered", "plan"), ("xcount", "plan"), ("modules", "plan"), ("fan", "plan")]
SIZES = [1_000, 10_000, 100_000]


def clean_environment():
    env = {k: v for k, v in os.environ.items() if not k.startswith("TF_")}
    env.update(CHECKPOINT_DISABLE="1", TF_IN_AUTOMATION="1", TF_CLI_CONFIG_FILE=os.devnull)
    return env


# A process of its own, so that the peak is this command's; spawned without copying anything, so that the wall is too.
# Memory is that of all its processes together, looked at ten times a second, and no less than the peak of the largest.
MEASURING = """
import os, sys, threading, time

def pages(process):
    try:
        own = int(open(f"/proc/{process}/statm").read().split()[1])
        children = [open(f"/proc/{process}/task/{task}/children").read().split() for task in os.listdir(f"/proc/{process}/task")]
    except (OSError, IndexError):
        return 0
    return own + sum(pages(child) for some in children for child in some)

def watch():
    global most
    while True:
        time.sleep(0.1)
        most = max(most, pages(child))

most = 0
nowhere = os.open(os.devnull, os.O_RDWR)
quiet = [(os.POSIX_SPAWN_DUP2, nowhere, 0), (os.POSIX_SPAWN_DUP2, nowhere, 1)]
start = time.perf_counter()
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=quiet)
threading.Thread(target=watch, daemon=True).start()
_, status, used = os.wait4(child, 0)
wall = time.perf_counter() - start
peak = max(used.ru_maxrss / 1024, most * os.sysconf("SC_PAGE_SIZE") / 1048576)
print(used.ru_utime + used.ru_stime, peak, os.waitstatus_to_exitcode(status), wall)
"""


def measure(command, cwd, environment=None):
    """CPU and wall seconds, peak megabytes, exit code."""
    run = subprocess.run([sys.executable, "-c", MEASURING] + command, cwd=cwd, env=environment or clean_environment(), capture_output=True, text=True)
    cpu, peak, code, wall = run.stdout.split()
    return {"cpu": float(cpu), "wall": float(wall), "mb": float(peak), "code": int(code), "stderr": run.stderr[-2000:]}


def write_shape(shape, size, directory):
    if shape == "tree":
        subprocess.run([sys.executable, os.path.join(HERE, "tree.py"), str(size), directory], check=True, stdout=subprocess.DEVNULL)
    elif shape:
        subprocess.run([sys.executable, os.path.join(HERE, "shapes.py"), shape, str(size), directory], check=True)


STEPS = {
    "version": ["version"],
    "plan": ["plan", "-input=false", "-no-color"],
    "noop": ["plan", "-input=false", "-no-color", "-detailed-exitcode"],
    "apply": ["apply", "-input=false", "-no-color", "-auto-approve"],
    "destroy": ["destroy", "-input=false", "-no-color", "-auto-approve"],
    "validate": ["validate", "-no-color"],
}


def prepare(preparer, directory, step):
    """What has to be there before the step, made by the quicker of the tools; the state format is the same."""
    if step in ("noop", "destroy"):
        done = subprocess.run([preparer] + STEPS["apply"], cwd=directory, env=clean_environment(), capture_output=True, text=True)
        if done.returncode:
            sys.exit("preparing %s: %s" % (step, done.stderr[-2000:]))


def run_case(binary, preparer, shape, size, step):
    directory = tempfile.mkdtemp(prefix="terrace-bench-")
    try:
        write_shape(shape, size, directory)
        if shape in ("modules", "tree"):
            subprocess.run([binary, "init", "-input=false"], cwd=directory, env=clean_environment(), capture_output=True)
        prepare(preparer, directory, step)
        result = measure([binary] + STEPS[step], directory)
        if result["code"] not in (0, 2):
            sys.exit("%s %s on %s %d failed: %s" % (binary, step, shape, size, result["stderr"]))
        return result
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def best_of(times, run):
    """The run with the least CPU: noise only ever adds."""
    return min((run() for _ in range(times)), key=lambda result: result["cpu"])


def ratios(args):
    terraform = None if args.terraform == "none" else shutil.which(args.terraform)
    rows = []
    print("%-34s %9s %9s %8s   %9s %9s %8s   %7s %7s %7s" % (
        "", "our CPU", "wall", "MB", "their CPU", "wall", "MB", "CPU x", "wall x", "MB x"))
    for name, shape, size, step, promised in CASES:
        if args.only and args.only not in name:
            continue
        ours = best_of(3, lambda: run_case(args.bin, args.bin, shape, size, step))
        row = {"case": name, "ours": ours, "promised": promised}
        line = "%-34s %9.3f %9.3f %8.1f" % (name, ours["cpu"], ours["wall"], ours["mb"])
        if terraform:
            theirs = run_case(terraform, args.bin, shape, size, step)
            row["theirs"] = theirs
            per = lambda key: theirs[key] / max(ours[key], 0.001)
            line += "   %9.2f %9.2f %8.1f   %7.0f %7.0f %7.1f" % (theirs["cpu"], theirs["wall"], theirs["mb"], per("cpu"), per("wall"), per("mb"))
            if promised:
                line += "   promised %d%s" % (promised, "" if per("cpu") >= promised else "  NOT KEPT")
        print(line, flush=True)
        rows.append(row)
    return rows


def scale(args):
    rows = []
    print("%-18s %s   (CPU s / wall s / MB)" % ("", "".join("%26s" % format(size, ",") for size in SIZES)))
    for shape, step in SCALE:
        if args.only and args.only not in shape:
            continue
        cells = []
        for size in SIZES:
            result = run_case(args.bin, args.bin, shape, size, step)
            rows.append({"shape": shape, "step": step, "size": size, **result})
            cells.append("%26s" % ("%.2f / %.2f / %.0f" % (result["cpu"], result["wall"], result["mb"])))
        print("%-18s %s" % (shape + " " + step, "".join(cells)), flush=True)
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=os.path.join(ROOT, "target", "release", "terrace"))
    parser.add_argument("--terraform", default="terraform")
    parser.add_argument("--only")
    parser.add_argument("--scale", action="store_true")
    parser.add_argument("--json")
    args = parser.parse_args()
    args.bin = os.path.abspath(args.bin)
    rows = scale(args) if args.scale else ratios(args)
    if args.json:
        for row in rows:
            for part in (row, row.get("ours", {}), row.get("theirs", {})):
                part.pop("stderr", None)
        with open(args.json, "w") as out:
            json.dump({"date": time.strftime("%Y-%m-%d"), "cores": os.cpu_count(), "rows": rows}, out, indent=1)


if __name__ == "__main__":
    main()
