#!/usr/bin/env python3
"""What it costs when something of the host dies: failed requests, and seconds until all is well again.

    python3 tests/bench/host.py [target/release/terrace]

Applies a stack (three zones, a balancer, a database with a standby) in a temporary directory, keeps at least RATE requests a second
coming, and kills one thing after the other. `failed` got no answer; `cut` lost a kept connection and got its answer on a new one. A writer commits to the database all the time and notes what was acknowledged; after
FAILOVERS failovers everything acknowledged must be there. Prints a table; with OUT=FILE writes the figures as JSON too.

Environment: RATE (600), FAILOVERS (5; 100 for the record), OUT.
"""

import http.client
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import threading
import time

STACK = """
data "host_zones" "all" {}

resource "host_server" "web" {
  for_each     = toset(data.host_zones.all.names)
  name         = "web-${each.key}"
  zone         = each.key
  command      = ["terrace", "host", "serve"]
  workers      = 2
  health_check = { path = "/" }
}

resource "host_load_balancer" "web" {
  name = "web"
}

resource "host_target_group" "web" {
  name         = "web"
  health_check = { path = "/", interval = 1 }
}

resource "host_target_group_attachment" "web" {
  for_each     = host_server.web
  target_group = host_target_group.web.id
  server       = each.value.id
}

resource "host_listener" "web" {
  load_balancer  = host_load_balancer.web.id
  default_action = { forward = [{ target_group = host_target_group.web.id }] }
  depends_on     = [host_target_group_attachment.web]
}

resource "host_database" "main" {
  name     = "main"
  zone     = "a"
  multi_az = true
  db_name  = "app"
  username = "app"
  password = "secret"
}

output "address" {
  value = trimprefix(host_listener.web.url, "http://")
}

output "database" {
  value = host_database.main.endpoint
}
"""


class Load:
    """Requests at a steady rate, whatever becomes of them."""

    def __init__(self, address, rate, threads=12):
        self.address, self.pause = address, threads / rate
        self.lock, self.is_over = threading.Lock(), False
        self.done, self.cut, self.failures = 0, 0, []
        self.threads = [threading.Thread(target=self.run, args=(number / rate,), daemon=True) for number in range(threads)]
        for thread in self.threads:
            thread.start()

    def run(self, offset):
        host, port = self.address.split(":")
        connection, due = None, time.monotonic() + offset
        while not self.is_over:
            time.sleep(max(0, due - time.monotonic()))
            # Where we are late we do not catch up in a burst: that would be another load.
            due = max(due + self.pause, time.monotonic() - self.pause)
            is_kept = connection is not None
            connection, problem = self.ask(connection, host, port)
            is_cut = problem is not None and is_kept and not problem.startswith("status")
            if is_cut:
                # A kept connection that broke: every HTTP client asks again on a new one (RFC 9110, section 9.2.2).
                connection, problem = self.ask(None, host, port)
            with self.lock:
                self.done += 1
                self.cut += is_cut
                if problem:
                    self.failures.append((time.monotonic(), problem))

    @staticmethod
    def ask(connection, host, port):
        """The connection to go on with, and what went wrong."""
        try:
            connection = connection or http.client.HTTPConnection(host, int(port), timeout=10)
            connection.request("GET", "/")
            answer = connection.getresponse()
            answer.read()
            return connection, None if answer.status == 200 else f"status {answer.status}"
        except (OSError, http.client.HTTPException) as error:
            return None, type(error).__name__

    def stop(self):
        self.is_over = True
        for thread in self.threads:
            thread.join()


class Writer:
    """Commits one number after the other and knows which were acknowledged."""

    def __init__(self, endpoint):
        self.host, self.port = endpoint.split(":")
        self.acknowledged, self.times, self.is_over, self.next = set(), [], False, 0
        self.query("CREATE TABLE t (n int PRIMARY KEY)")
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def command(self, *more):
        return ["psql", "-XAtq", "-h", self.host, "-p", self.port, "-U", "app", "-d", "app", *more]

    def environment(self):
        return dict(os.environ, PGPASSWORD="secret", PGCONNECT_TIMEOUT="3")

    def query(self, statement):
        run = subprocess.run(self.command("-c", statement), env=self.environment(), capture_output=True, text=True)
        if run.returncode != 0:
            raise RuntimeError(run.stderr)
        return run.stdout.strip()

    def run(self):
        while not self.is_over:
            session = subprocess.Popen(
                self.command("-v", "ON_ERROR_STOP=1"), env=self.environment(), text=True, bufsize=1,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            try:
                while not self.is_over:
                    self.next += 1
                    session.stdin.write(f"INSERT INTO t VALUES ({self.next}) RETURNING n;\n")
                    session.stdin.flush()
                    # A number that comes back was committed: each statement is a transaction of its own.
                    if session.stdout.readline().strip() != str(self.next):
                        break
                    self.acknowledged.add(self.next)
                    self.times.append(time.monotonic())
                    time.sleep(0.005)
            except OSError:
                pass
            session.kill()
            session.wait()
            time.sleep(0.01)

    def gap(self, since):
        """Seconds from `since` to the first commit that was acknowledged after it with a silence before."""
        after = [moment for moment in self.times if moment > since]
        before = [since] + after
        widest = max(range(len(after)), key=lambda at: after[at] - before[at], default=None)
        return None if widest is None else after[widest] - since

    def stop(self):
        self.is_over = True
        self.thread.join()


class Stack:
    def __init__(self, terrace, directory):
        self.terrace, self.directory = os.path.abspath(terrace), directory
        with open(os.path.join(directory, "main.tf"), "w") as main:
            main.write(STACK)
        self.run("init")
        began = time.monotonic()
        self.run("apply", "-auto-approve")
        self.apply_seconds = time.monotonic() - began

    def run(self, *arguments):
        done = subprocess.run([self.terrace, *arguments], cwd=self.directory, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{arguments}: {done.stdout}{done.stderr}")
        return done.stdout

    def status(self):
        return json.loads(self.run("host", "status", "-json"))

    def output(self, name):
        return self.run("output", "-raw", name)

    def server(self, zone):
        return next(server for server in self.status()["servers"] if server["zone"] == zone)

    def is_well(self):
        status = self.status()
        servers = all(server["state"] == "running" and len(server["processes"]) == 2 for server in status["servers"])
        return servers and status["databases"][0]["is_protected"] and len(status["servers"]) == 3

    def until_well(self):
        began = time.monotonic()
        while not self.is_well():
            if time.monotonic() - began > 120:
                raise RuntimeError(f"it does not get well: {self.status()}")
            time.sleep(0.1)

    def primary_process(self):
        log = self.status()["databases"][0]["log"]
        with open(log.removesuffix(".log") + "/postmaster.pid") as pid:
            return int(pid.readline())

    def agent(self):
        return self.status()["process"]

    def failovers(self):
        return self.status()["databases"][0]["failovers"]


def drill(stack, load, name, harm, heal=lambda: None):
    stack.until_well()
    time.sleep(1.5)
    done, cut, failed, began = load.done, load.cut, len(load.failures), time.monotonic()
    harm()
    time.sleep(4)
    seconds, failures = time.monotonic() - began, load.failures[failed:]
    requests, cut = load.done - done, load.cut - cut
    heal()
    stack.until_well()
    row = {
        "what": name,
        "requests": requests,
        "rate": round(requests / seconds),
        "failed": len(failures),
        "cut": cut,
        "seconds": round(max((moment - began for moment, _ in failures), default=0), 2),
        "why": sorted({problem for _, problem in failures}),
    }
    print(f"{name:<28}{row['rate']:>8}{row['failed']:>8}{row['cut']:>8}{row['seconds']:>10.2f}  {' '.join(row['why'])}", flush=True)
    return row


def kill(*pids):
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def failovers(stack, writer, count):
    seconds = []
    for number in range(count):
        stack.until_well()
        # Enough commits to lose some, were they not on the standby.
        time.sleep(0.3)
        before = stack.failovers()
        began = time.monotonic()
        kill(stack.primary_process())
        time.sleep(0.2)
        while not any(moment > began + 0.15 for moment in writer.times[-3:]):
            if time.monotonic() - began > 60:
                raise RuntimeError("nobody takes over")
            time.sleep(0.01)
        seconds.append(writer.gap(began))
        while stack.failovers() == before:
            # A session may have committed once more on the primary that was dying.
            time.sleep(0.05)
        if (number + 1) % 10 == 0:
            print(f"  {number + 1} failovers, the longest {max(seconds):.2f} s", flush=True)
    return seconds


def main():
    terrace = sys.argv[1] if len(sys.argv) > 1 else "target/release/terrace"
    rate, count = int(os.environ.get("RATE", 600)), int(os.environ.get("FAILOVERS", 5))
    with tempfile.TemporaryDirectory() as directory:
        stack = Stack(terrace, directory)
        try:
            figures = measure(stack, rate, count)
        finally:
            stack.run("destroy", "-auto-approve")
        figures["left"] = sorted(os.listdir(directory))
    if os.environ.get("OUT"):
        with open(os.environ["OUT"], "w") as out:
            json.dump(figures, out, indent=1)
            out.write("\n")
    return 0 if not figures["lost"] else 1


def measure(stack, rate, count):
    print(f"apply from nothing to healthy: {stack.apply_seconds:.1f} s")
    writer, load = Writer(stack.output("database")), Load(stack.output("address"), rate)
    print(f"{'killed under load':<28}{'rate/s':>8}{'failed':>8}{'cut':>8}{'seconds':>10}")
    rows = [
        drill(stack, load, "nothing", lambda: None),
        drill(stack, load, "a server", lambda: kill(*stack.server("a")["processes"])),
        drill(stack, load, "a worker", lambda: kill(stack.server("b")["processes"][0])),
        drill(stack, load, "the agent and its balancer", lambda: kill(stack.agent())),
        drill(stack, load, "the primary database", lambda: kill(stack.primary_process())),
        drill(stack, load, "a zone", lambda: stack.run("host", "zone", "stop", "a"),
              lambda: stack.run("host", "zone", "start", "a")),
    ]
    load.stop()
    seconds = failovers(stack, writer, count)
    stack.until_well()
    writer.stop()
    there = {int(line) for line in writer.query("SELECT n FROM t").split()}
    lost = sorted(writer.acknowledged - there)
    seconds.sort()
    print(f"{count} failovers of the database: median {seconds[len(seconds) // 2]:.2f} s, longest {seconds[-1]:.2f} s")
    print(f"commits acknowledged: {len(writer.acknowledged)}, lost: {len(lost)}")
    return {
        "date": time.strftime("%Y-%m-%d"), "machine": f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}",
        "apply_seconds": round(stack.apply_seconds, 1), "drills": rows,
        "failovers": {"count": count, "median_seconds": round(seconds[len(seconds) // 2], 2), "longest_seconds": round(seconds[-1], 2)},
        "acknowledged": len(writer.acknowledged), "lost": len(lost),
    }


if __name__ == "__main__":
    sys.exit(main())
