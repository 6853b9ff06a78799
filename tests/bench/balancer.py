#!/usr/bin/env python3
"""The balancer beside nginx and HAProxy: one run, one machine, one table.

usage: balancer.py [--bin PATH] [--seconds N] [--rounds N] [--connections N] [--idle N] [--slow N] [--json FILE]

Needs the Debian packages nginx, haproxy and wrk, and `cargo build --release --no-default-features --example balancer`.
Every proxy forwards to the same two nginx servers that answer 128 bytes, with kept connections on both sides and as many
threads as the machine has cores. wrk runs on the same machine, so the figures are for comparison with each other only.
"""
import argparse, json, os, re, shutil, socket, statistics, subprocess, sys, tempfile, time

MEMBERS, PORTS = [18101, 18102], {"nginx": 18201, "haproxy": 18202, "terrace": 18203}

NGINX = """
worker_processes {workers}; pid {dir}/{name}.pid; error_log {dir}/{name}.log crit; daemon off;
events {{ worker_connections 16000; }}
http {{
  access_log off; keepalive_requests 100000000; client_body_temp_path {dir}/b; proxy_temp_path {dir}/p;
  fastcgi_temp_path {dir}/f; uwsgi_temp_path {dir}/u; scgi_temp_path {dir}/s;
  {body}
}}"""

HAPROXY = """
defaults
  mode http
  timeout connect 2s
  timeout client 60s
  timeout server 60s
  option forwardfor
  option http-keep-alive
  http-reuse always
frontend front
  bind 127.0.0.1:{port}
  default_backend members
backend members
{servers}"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=os.path.join(os.environ.get("CARGO_TARGET_DIR", "target"), "release/examples/balancer"))
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--idle", type=int, default=10_000)
    parser.add_argument("--slow", type=int, default=1_000)
    parser.add_argument("--json")
    options = parser.parse_args()
    missing = [tool for tool in ("nginx", "haproxy", "wrk") if not shutil.which(tool)]
    if missing or not os.path.exists(options.bin):
        sys.exit(f"missing: {', '.join(missing) or options.bin}")
    running = []
    with tempfile.TemporaryDirectory() as directory:
        try:
            running, rows = measure(options, directory, running)
        finally:
            for process in running:
                process.terminate()
            for process in running:
                process.wait()
    print(f"{'':10}{'requests/s':>12}{'of nginx':>10}{'p50 ms':>9}{'p99 ms':>9}{'errors':>8}{'RSS MB':>8}{'idle held':>11}{'RSS MB':>8}"
          f"{'slow left':>11}{'beside ms':>11}{'oversized':>11}")
    for row in rows:
        print(f"{row['name']:10}{row['requests_per_second']:>12.0f}{row['of_nginx']:>10.2f}{row['p50_ms']:>9.2f}"
              f"{row['p99_ms']:>9.2f}{row['errors']:>8}{row['rss_mb']:>8.1f}{row['idle']:>11}{row['idle_rss_mb']:>8.1f}"
              f"{row['slow_left']:>11}{row['beside_slow_ms']:>11.1f}{row['oversized']:>11}")
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"cores": os.cpu_count(), "load": os.getloadavg()[0], "connections": options.connections, "seconds": options.seconds,
                       "rounds": options.rounds, "rows": rows}, file, indent=1)


def measure(options, directory, running):
    body = "".join(f'server {{ listen 127.0.0.1:{port}; location / {{ return 200 "{"x" * 128}"; }} }}' for port in MEMBERS)
    start(running, directory, "members", ["nginx", "-c", write(directory, "members", NGINX.format(
        workers=os.cpu_count(), dir=directory, name="members", body=body))], MEMBERS[0])
    servers = "".join(f"server 127.0.0.1:{port};" for port in MEMBERS)
    body = (f"upstream members {{ {servers} keepalive 256; keepalive_requests 100000000; }} server {{ listen 127.0.0.1:{PORTS['nginx']}; location / {{"
            " proxy_pass http://members; proxy_http_version 1.1; proxy_set_header Connection ''; proxy_set_header Host $host;"
            " proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Forwarded-Proto $scheme; } }")
    commands = {
        "nginx": ["nginx", "-c", write(directory, "nginx", NGINX.format(workers=os.cpu_count(), dir=directory, name="nginx", body=body))],
        "haproxy": ["haproxy", "-db", "-f", write(directory, "haproxy", HAPROXY.format(
            port=PORTS["haproxy"], servers="".join(f"  server s{port} 127.0.0.1:{port}\n" for port in MEMBERS)))],
        "terrace": [options.bin, f"127.0.0.1:{PORTS['terrace']}", *(f"127.0.0.1:{port}" for port in MEMBERS)],
    }
    processes = {name: start(running, directory, name, command, PORTS[name]) for name, command in commands.items()}
    for name in processes:
        load(name, 1, options.connections)
    # In turn, so that whatever else the machine does meets all of them; what counts is the median.
    runs = [{name: load(name, options.seconds, options.connections) for name in processes} for _ in range(options.rounds)]
    rows = []
    for name, process in processes.items():
        row = {"name": name, **{figure: statistics.median(run[name][figure] for run in runs) for figure in runs[0][name]}}
        row["of_nginx"] = statistics.median(run[name]["requests_per_second"] / run["nginx"]["requests_per_second"] for run in runs)
        row["errors"] = sum(run[name]["errors"] for run in runs)
        row["rss_mb"] = rss_mb(process.pid)
        row["idle"], row["idle_rss_mb"] = hold(name, process.pid, options.idle)
        row["slow_left"], row["beside_slow_ms"] = drip(name, options.slow)
        row["oversized"] = oversized(name)
        rows.append(row)
    return running, rows


def write(directory, name, text):
    path = os.path.join(directory, name + ".conf")
    with open(path, "w") as file:
        file.write(text)
    return path


def start(running, directory, name, command, port):
    limited = ["sh", "-c", 'ulimit -n "$(ulimit -Hn)"; exec "$@"', "sh", *command]
    process = subprocess.Popen(limited, stdout=subprocess.DEVNULL, stderr=open(os.path.join(directory, name + ".err"), "w"))
    running.append(process)
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return process
        except OSError:
            time.sleep(0.05)
    sys.exit(f"{name} does not listen: {open(os.path.join(directory, name + '.err')).read()}")


def load(name, seconds, connections):
    command = ["wrk", "-t2", f"-c{connections}", f"-d{seconds}s", "--latency", f"http://127.0.0.1:{PORTS[name]}/"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    unit = {"us": 1e-3, "ms": 1, "s": 1e3}
    latency = {percent: float(value) * unit[suffix] for percent, value, suffix in re.findall(r"(50|99)%\s+([\d.]+)(us|ms|s)", text)}
    socket_errors = sum(int(count) for count in re.findall(r"(?:connect|read|write|timeout) (\d+)", text))
    wrong = sum(int(count) for count in re.findall(r"Non-2xx or 3xx responses: (\d+)", text))
    return {"requests_per_second": float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]),
            "p50_ms": latency["50"], "p99_ms": latency["99"], "errors": socket_errors + wrong}


def hold(name, pid, count):
    """Opens idle connections from many loopback addresses, and says how many answer afterwards, with the memory they take."""
    import resource
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    clients = []
    try:
        for number in range(count):
            client = socket.create_connection(("127.0.0.1", PORTS[name]), source_address=(f"127.0.1.{number % 4 + 1}", 0))
            client.settimeout(5)
            clients.append(client)
    except OSError as error:
        print(f"{name}: {len(clients)} idle connections, then: {error}", file=sys.stderr)
    time.sleep(0.5)
    memory = rss_mb(pid)
    alive = 0
    for client in clients:
        try:
            client.sendall(b"GET / HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n")
            alive += client.recv(16).startswith(b"HTTP/1.1 200")
        except OSError:
            pass
        client.close()
    return alive, memory


def drip(name, count):
    """Clients that send one byte a second of a header that never ends, for a quarter of a minute: how many are still connected, and how long the
    slowest of the honest requests beside them took."""
    slow = []
    for _ in range(count):
        client = socket.create_connection(("127.0.0.1", PORTS[name]))
        client.sendall(b"GET / HTTP/1.1\r\nHost: bench\r\nX-Slow: ")
        client.setblocking(False)
        slow.append(client)
    slowest = 0.0
    for _ in range(15):
        began = time.monotonic()
        with socket.create_connection(("127.0.0.1", PORTS[name]), timeout=10) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n")
            assert client.recv(16).startswith(b"HTTP/1.1 200"), f"{name} does not answer beside slow clients"
        slowest = max(slowest, time.monotonic() - began)
        slow = [client for client in slow if is_open(client)]
        time.sleep(1)
    left = len(slow)
    for client in slow:
        client.close()
    return left, slowest * 1000


def is_open(client):
    try:
        client.send(b"x")
        return client.recv(512) is None
    except BlockingIOError:
        return True
    except OSError:
        return False


def oversized(name):
    """What a request with a megabyte of headers is answered."""
    with socket.create_connection(("127.0.0.1", PORTS[name]), timeout=10) as client:
        try:
            client.sendall(b"GET / HTTP/1.1\r\nHost: bench\r\n" + b"X-Much: " + b"x" * 1_000_000 + b"\r\n\r\n")
        except OSError:
            pass  # It may hang up before it has read everything.
        try:
            return client.recv(64).split(b" ")[1].decode()
        except (OSError, IndexError):
            return "closed"


def rss_mb(pid):
    """Resident memory of a process and its children."""
    pids = [pid] + [int(child) for child in open(f"/proc/{pid}/task/{pid}/children").read().split()]
    return sum(int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{one}/status").read())[1]) for one in pids) / 1024


main()
