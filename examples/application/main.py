#!/usr/bin/env python3
"""Visits: a small web application that keeps what it is told in PostgreSQL. It needs Python 3.8 and nothing else.

  GET /          records a visit and says who answered: version, zone, server, worker, and how many visits there were
  GET /visits    the last visits and the number of each zone's, as JSON
  POST /notes    keeps the body as a note, answers its number
  GET /notes     the notes, as JSON
  GET /health    200 as long as this process can answer; it does not ask the database, so that a failover takes no server out of service
  GET /ready     200 when the database answers too

Settings come from the environment: ADDRESS, PORT, ZONE, SERVER_ID, WORKER, VERSION, DATABASE_URL, GREETING.
"""
import json
import os
import signal
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import postgres

SCHEMA = """
SELECT pg_advisory_lock(7701);
CREATE TABLE IF NOT EXISTS visits (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL DEFAULT now(),
  version text NOT NULL, zone text NOT NULL, server text NOT NULL, worker text NOT NULL);
CREATE TABLE IF NOT EXISTS notes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL DEFAULT now(), text text NOT NULL);
SELECT pg_advisory_unlock(7701);
"""
LONGEST_NOTE = 10_000
# A failover is over by then.
PATIENCE_SECONDS = 8


def setting(name, otherwise=""):
    return os.environ.get(name) or otherwise


SELF = {name: setting(name.upper(), "?") for name in ("version", "zone", "server_id", "worker")}
GREETING = setting("GREETING", "Hello")


class Refused(Exception):
    """What a client did wrong."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


class Database:
    """Connections that wait for the next request; each request borrows one."""

    def __init__(self, url):
        self.url = url
        self.idle = []
        self.lock = threading.Lock()

    def ask(self, statement, *values, is_safe_twice=False):
        """The rows. A broken connection is replaced, for as long as a failover may take; what may have been done is not done again unless that does no harm."""
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                connection = self.borrow()
                rows = connection.ask(statement, *values)
            except postgres.Lost as lost:
                if time.monotonic() > end or (lost.was_sent and not is_safe_twice):
                    raise
                time.sleep(0.1)
                continue
            with self.lock:
                self.idle.append(connection)
            return rows

    def borrow(self):
        while True:
            with self.lock:
                connection = self.idle.pop() if self.idle else None
            if connection is None:
                return postgres.Connection(self.url)
            if connection.is_usable():
                return connection
            connection.close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # An answer is two small writes; Nagle's algorithm would hold the second back.
    disable_nagle_algorithm = True
    wbufsize = 16 * 1024
    timeout = 60
    database = None

    def do_GET(self):
        routes = {"/": self.visit, "/visits": self.visits, "/notes": self.notes, "/health": self.health, "/ready": self.ready}
        self.answer_by(routes)

    def do_POST(self):
        self.answer_by({"/notes": self.keep_note})

    do_HEAD = do_GET

    def answer_by(self, routes):
        try:
            route = routes.get(urllib.parse.urlsplit(self.path).path)
            if route is None:
                raise Refused(404, "There is no such page.\n")
            route()
        except Refused as refused:
            self.answer(refused.status, str(refused))
        except (postgres.Lost, postgres.Failed) as error:
            print(f"{self.command} {self.path}: {error}", file=sys.stderr, flush=True)
            self.answer(503, "The database does not answer. Try again in a moment.\n")

    def visit(self):
        who = (SELF["version"], SELF["zone"], SELF["server_id"], SELF["worker"])
        count = "?"
        if self.database:
            insert = "INSERT INTO visits (version, zone, server, worker) VALUES ($1, $2, $3, $4) RETURNING id"
            # A visit counted twice after a failover is better than none.
            count = self.database.ask(insert, *who, is_safe_twice=True)[0][0]
        version, zone, server, worker = who
        self.answer(200, f"{GREETING} from version {version}, zone {zone}, {server}, worker {worker}: visit {count}\n")

    def visits(self):
        last = self.needed().ask(
            "SELECT id, at, version, zone, server, worker FROM visits ORDER BY id DESC LIMIT 20", is_safe_twice=True)
        zones = self.needed().ask("SELECT zone, count(*) FROM visits GROUP BY zone ORDER BY zone", is_safe_twice=True)
        names = ("id", "at", "version", "zone", "server", "worker")
        self.answer_json({"zones": {zone: int(count) for zone, count in zones},
                          "last": [{**dict(zip(names, row)), "id": int(row[0])} for row in last]})

    def notes(self):
        rows = self.needed().ask("SELECT id, at, text FROM notes ORDER BY id DESC LIMIT 100", is_safe_twice=True)
        self.answer_json([{"id": int(number), "at": at, "text": text} for number, at, text in rows])

    def keep_note(self):
        length = self.headers.get("Content-Length", "")
        if not length.isdigit():
            self.close_connection = True
            raise Refused(411, "A note needs a Content-Length.\n")
        if int(length) > LONGEST_NOTE:
            self.close_connection = True
            raise Refused(413, f"A note has at most {LONGEST_NOTE} bytes.\n")
        try:
            text = self.rfile.read(int(length)).decode()
        except UnicodeDecodeError:
            raise Refused(400, "A note is text in UTF-8.\n") from None
        if not text or "\0" in text:
            raise Refused(400, "A note is some text, without zero bytes.\n")
        number = self.needed().ask("INSERT INTO notes (text) VALUES ($1) RETURNING id", text)[0][0]
        self.answer(201, f"{number}\n")

    def health(self):
        self.answer(200, "well\n")

    def ready(self):
        self.needed().ask("SELECT 1", is_safe_twice=True)
        self.answer(200, "ready\n")

    def needed(self):
        if not self.database:
            raise Refused(404, "This server has no database: DATABASE_URL is not set.\n")
        return self.database

    def answer_json(self, value):
        self.answer(200, json.dumps(value, indent=1) + "\n", "application/json")

    def answer(self, status, text, kind="text/plain; charset=utf-8"):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_):
        """Requests are counted by the load balancer; the log is for what goes wrong."""


class Server(ThreadingHTTPServer):
    request_queue_size = 512


def prepare(database):
    """The tables; many servers may start at once."""
    for statement in SCHEMA.strip().rstrip(";").split(";\n"):
        database.ask(statement, is_safe_twice=True)


def main():
    url = setting("DATABASE_URL")
    if url:
        Handler.database = Database(url)
        prepare(Handler.database)
    server = Server((setting("ADDRESS", "127.0.0.1"), int(setting("PORT", "8080"))), Handler)
    # Asked to end, it answers what it has begun.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"version {SELF['version']} listens on {server.server_address}", flush=True)
    server.serve_forever(poll_interval=0.1)


if __name__ == "__main__":
    main()
