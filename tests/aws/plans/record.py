#!/usr/bin/env python3
"""Records what Terraform with the real provider plans for the stacks: from nothing, for no change, and for each change of `changes.py`.

usage: record.py [--python PATH] [--state FILE] [STACK...]

Writes `STACK.json` beside this file: the state that the changes are planned from (made by `terraform apply` on moto, or taken from
`--state`) and of each plan what `tests/aws/plans.rs` compares. Changes are planned without a refresh: what the API answers to each of the two tools
is the business of the other tests. `--python` is an interpreter that has moto.
"""
import argparse, json, os, shutil, subprocess, sys, tempfile
from changes import CHANGES

HERE = os.path.dirname(os.path.abspath(__file__))
STACKS = os.path.join(os.path.dirname(HERE), "stacks")


def essence(plan):
    """What happens, and to what; not how the unchanged looks."""
    happens = lambda change: change["change"]["actions"] not in (["no-op"], ["read"])
    outputs = {name: change for name, change in plan.get("output_changes", {}).items() if change["actions"] != ["no-op"]}
    return {"resource_changes": sorted(filter(happens, plan.get("resource_changes", [])), key=lambda change: change["address"]),
            "output_changes": outputs}


def run(arguments, directory, environment, codes=(0,)):
    done = subprocess.run(["terraform"] + arguments, cwd=directory, env=environment, capture_output=True, text=True)
    if done.returncode not in codes:
        sys.exit("%s: %s%s" % (arguments, done.stdout, done.stderr))
    return done.stdout


def planned(directory, environment, more):
    run(["plan", "-input=false", "-out=plan"] + more, directory, environment)
    return essence(json.loads(run(["show", "-json", "plan"], directory, environment)))


def unpacked(stack, into):
    directory = os.path.join(into, stack)
    shutil.copytree(os.path.join(STACKS, stack), directory)
    if not os.path.exists(os.path.join(directory, "provider.tf")):
        shutil.copy(os.path.join(STACKS, "provider.tf"), directory)
    return directory


def edited(directory, edits):
    for name, old, new in edits:
        path = os.path.join(directory, name)
        text = open(path).read()
        if old not in text:
            sys.exit("%s does not say %r" % (name, old))
        open(path, "w").write(text.replace(old, new))


def record(stack, environment, state):
    with tempfile.TemporaryDirectory() as place:
        directory = unpacked(stack, place)
        run(["init", "-input=false"], directory, environment)
        print(stack, "create", flush=True)
        plans = [{"name": "create", "edits": [], "plan": planned(directory, environment, [])}]
        if state is None:
            run(["apply", "-input=false", "-auto-approve"], directory, environment)
            # What the provider sees only at its second look.
            run(["apply", "-input=false", "-auto-approve", "-refresh-only"], directory, environment)
            state = json.load(open(os.path.join(directory, "terraform.tfstate")))
        for name, edits in [("nothing", [])] + list(CHANGES[stack].items()):
            print(stack, name, flush=True)
            with tempfile.TemporaryDirectory() as fresh:
                changed = unpacked(stack, fresh)
                shutil.copytree(os.path.join(directory, ".terraform"), os.path.join(changed, ".terraform"), symlinks=True)
                shutil.copy(os.path.join(directory, ".terraform.lock.hcl"), changed)
                json.dump(state, open(os.path.join(changed, "terraform.tfstate"), "w"))
                edited(changed, edits)
                plans.append({"name": name, "edits": edits, "plan": planned(changed, environment, ["-refresh=false"])})
    lines = ",\n".join(json.dumps(plan, separators=(",", ":"), sort_keys=True) for plan in plans)
    with open(os.path.join(HERE, stack + ".json"), "w") as out:
        out.write('{"state":%s,\n"plans":[\n%s\n]}\n' % (json.dumps(state, separators=(",", ":")), lines))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--state")
    parser.add_argument("stacks", nargs="*", default=list(CHANGES))
    args = parser.parse_args()
    state = json.load(open(args.state)) if args.state else None
    for stack in args.stacks:
        log = tempfile.NamedTemporaryFile()
        command = [args.python, os.path.join(os.path.dirname(HERE), "server.py"), log.name]
        server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            endpoint = "http://127.0.0.1:" + server.stdout.readline().strip()
            environment = {**os.environ, "TF_VAR_endpoint": endpoint, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1",
                           "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
            record(stack, environment, state)
        finally:
            server.kill()
            server.wait()


if __name__ == "__main__":
    main()
