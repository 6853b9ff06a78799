#!/usr/bin/env python3
"""Deployments under requests that never stop: how many fail.

usage: rollouts.py [--bin PATH] [--deployments N] [--sick N] [--rate N] [--seconds-to-crash N] [--only NAME ...] [--json FILE]

Copies examples/multi-az (the application, three zones, a database with a standby) to a temporary directory and deploys it again and
again while clients ask for pages: half of them keep their connection, half open one for each request, one in fifty takes two
seconds to send its body. Every strategy makes N deployments; then come versions that never get healthy, that get unhealthy under traffic, and that
crash; last, Terraform's order played by hand: all attachments gone, new servers made and attached, old ones destroyed.
Needs PostgreSQL and a build (`cargo build --release --no-default-features`).
"""
import argparse, asyncio, collections, json, os, shutil, subprocess, sys, tempfile, time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FLEET = "module.visits.module.host.module.servers.host_server.application"
STRATEGIES = {
    "rolling": 'strategy "rolling" {}',
    "rolling, a zone missing": 'strategy "rolling" {\n max_surge = 0\n max_unavailable = 1\n }',
    "blue_green": 'strategy "blue_green" { bake = "1s" }',
    "canary": 'strategy "canary" {\n weights = [10, 50]\n bake = "1s"\n }',
}
SICK = {
    "never healthy": "    def health(self):\n        self.answer(503, 'sick\\n')\n        return\n",
    "unhealthy under traffic": "    asked = 0\n    def visit(self):\n        Handler.asked += 1\n        if Handler.asked > 100:\n            self.answer(500, 'sick\\n')\n            return\n",
    "crashes": "    def health(self):\n        threading.Timer(SECONDS, os._exit, [3]).start()\n",
}


class Load:
    """So many requests a second, and what came of them by version."""

    def __init__(self, address, rate):
        self.host, self.port = address.split("//")[1].rstrip("/").split(":")
        self.rate, self.answers, self.problems, self.is_over = rate, collections.Counter(), collections.Counter(), False

    async def run(self, workers=64):
        await asyncio.gather(*(self.client(number, workers) for number in range(workers)))

    async def client(self, number, workers):
        kept, count, interval = None, number, workers / self.rate
        next_at = time.monotonic() + number / self.rate
        while not self.is_over:
            await asyncio.sleep(max(0, next_at - time.monotonic()))
            # What a slow request delayed is caught up with.
            next_at = max(next_at + interval, time.monotonic() - 2)
            count += 1
            try:
                kept, status, body = await asyncio.wait_for(self.ask(kept, count % 50 == 0), 20)
                version = body.split("version ")[1].split(",")[0] if "version " in body else "slow"
                self.answers[version if status in (200, 201) else "failed"] += 1
                if status not in (200, 201):
                    self.problems[str(status)] += 1
            except Exception as error:
                kept = None
                self.answers["failed"] += 1
                self.problems[repr(error)[:80]] += 1
            if number % 2 and kept:
                kept[1].close()
                kept = None

    async def ask(self, kept, is_slow):
        reader, writer = kept or await asyncio.open_connection(self.host, int(self.port))
        if is_slow:
            writer.write(b"POST /notes HTTP/1.1\r\nHost: bench\r\nContent-Length: 4000\r\n\r\n")
            for _ in range(4):
                writer.write(b"x" * 1000)
                await writer.drain()
                await asyncio.sleep(0.5)
        else:
            writer.write(b"GET / HTTP/1.1\r\nHost: bench\r\n\r\n")
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.split("content-length:")[1].split("\r\n")[0])
        body = (await reader.readexactly(length)).decode()
        return (reader, writer), int(head.split()[1]), body


class Stack:
    def __init__(self, options, directory):
        self.options, self.place = options, os.path.join(directory, "examples/multi-az")
        for name in ("examples", "modules"):
            shutil.copytree(os.path.join(ROOT, name), os.path.join(directory, name))
        self.program = os.path.join(directory, "examples/application/main.py")
        self.well = open(self.program).read()
        self.release = 1

    def run(self, *words, may_fail=False):
        environment = {**os.environ, "PATH": os.path.dirname(self.options.bin) + ":" + os.environ["PATH"]}
        ended = subprocess.run([self.options.bin, *words, "-no-color"], cwd=self.place, env=environment, capture_output=True, text=True)
        if ended.returncode != 0 and not may_fail:
            sys.exit(f"{words}:\n{ended.stdout[-4000:]}\n{ended.stderr[-4000:]}")
        return ended

    def strategy(self, text):
        with open(os.path.join(self.place, "web.terrace.hcl"), "w") as file:
            file.write(f'rollout "web" {{\n fleet = {FLEET}\n {text}\n health {{ timeout = "30s" }}\n}}\n')

    def deploy(self, may_fail=False):
        self.release += 1
        return self.run("apply", "-auto-approve", f"-var=release={self.release}", may_fail=may_fail)

    def sicken(self, what):
        lines = what.replace("SECONDS", str(self.options.seconds_to_crash))
        name = lines.split("def ")[-1].split("(")[0]
        text = self.well.replace(f"    def {name}(self):\n", lines, 1)
        with open(self.program, "w") as file:
            file.write(text)

    def heal(self):
        with open(self.program, "w") as file:
            file.write(self.well)


    def detach(self):
        """No server stands behind the group any more; the next deployment then knows no fleet and follows lifecycle."""
        path = os.path.join(self.place, "../../modules/parts/host-balancer/main.tf")
        self.attached = open(path).read()
        with open(path, "w") as file:
            file.write(self.attached.replace("for_each = var.servers", "for_each = { for name, id in var.servers : name => id if false }"))

    def attach(self):
        with open(os.path.join(self.place, "../../modules/parts/host-balancer/main.tf"), "w") as file:
            file.write(self.attached)


async def under_load(stack, load, work):
    """What failed and what was answered while `work` was done, and how long it took."""
    load.answers.clear(), load.problems.clear()
    begun = time.monotonic()
    result = await asyncio.to_thread(work)
    return dict(load.answers), dict(load.problems), time.monotonic() - begun, result


def row(name, answers, problems, seconds, extra=""):
    total, failed = sum(answers.values()), answers.get("failed", 0)
    print(f"{name:34}{total:10}{failed:8}{total / seconds:10.0f}/s{seconds:9.1f} s  {extra} {problems or ''}", flush=True)
    return {"name": name, "requests": total, "failed": failed, "seconds": round(seconds, 1), "note": extra}


class Rows(list):
    """Kept in a file from the first on: a run of an hour may be cut short."""

    def __init__(self, path):
        self.path = path

    def append(self, row):
        super().append(row)
        if self.path:
            with open(self.path, "w") as file:
                json.dump(self, file, indent=1)


async def measure(options, stack):
    stack.strategy(STRATEGIES["rolling"])
    stack.run("init")
    stack.run("apply", "-auto-approve", "-var=release=1")
    load = Load(stack.run("output", "-raw", "url").stdout.strip(), options.rate)
    running = asyncio.create_task(load.run())
    await asyncio.sleep(2)
    rows = Rows(options.json)
    wanted = lambda name: not options.only or name in options.only
    print(f"{'':34}{'requests':>10}{'failed':>8}{'rate':>12}{'time':>11}")
    for name, text in STRATEGIES.items():
        if wanted(name):
            stack.strategy(text)
            found = await under_load(stack, load, lambda: [stack.deploy() for _ in range(options.deployments)])
            rows.append(row(f"{name} x {options.deployments}", *found[:3]))
    stack.strategy(STRATEGIES["canary"] .replace('"1s"', '"12s"') + '\n analysis "answers" {\n url = "' + f"http://{load.host}:{load.port}/" + '"\n interval = "200ms"\n }')
    for name, lines in SICK.items():
        if wanted(name):
            def work():
                back = 0
                for number in range(options.sick):
                    stack.sicken(lines + f"        # {number}\n" if name == "unhealthy under traffic" else lines)
                    back += "was taken back" in " ".join((lambda it: it.stdout + it.stderr)(stack.deploy(may_fail=True)).split())
                    stack.heal()
                return back
            *found, back = await under_load(stack, load, work)
            rows.append(row(f"{name} x {options.sick}", *found, f"{back} taken back"))
    if wanted("by hand"):
        def by_hand():
            stack.detach()
            stack.run("apply", "-auto-approve", f"-var=release={stack.release}")
            stack.attach()
            stack.deploy()
        found = await under_load(stack, load, by_hand)
        rows.append(row("Terraform's order, by hand", *found[:3]))
    load.is_over = True
    await running


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=os.path.join(os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target")), "release/terrace"))
    parser.add_argument("--deployments", type=int, default=100)
    parser.add_argument("--sick", type=int, default=20)
    parser.add_argument("--rate", type=int, default=500)
    parser.add_argument("--seconds-to-crash", type=int, default=10)
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--json")
    options = parser.parse_args()
    options.bin = os.path.abspath(options.bin)
    with tempfile.TemporaryDirectory() as directory:
        stack = Stack(options, directory)
        try:
            asyncio.run(measure(options, stack))
        finally:
            stack.heal()
            stack.run("destroy", "-auto-approve", may_fail=True)
            stack.run("host", "stop", may_fail=True)


if __name__ == "__main__":
    main()
