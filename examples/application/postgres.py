"""Just enough of PostgreSQL's protocol, version 3, for an application without packages: sign in, ask with parameters, read rows as text.

https://www.postgresql.org/docs/current/protocol.html
"""
import base64
import hashlib
import hmac
import os
import select
import socket
import ssl
import struct
import urllib.parse

TIMEOUT_SECONDS = 10


class Failed(Exception):
    """What PostgreSQL refused, and why."""


class Lost(Exception):
    """The connection broke. `was_sent`: PostgreSQL may have done what was asked."""

    def __init__(self, text, was_sent):
        super().__init__(text)
        self.was_sent = was_sent


class Connection:
    """`postgres://user:password@host:port/database?sslmode=require`"""

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        options = dict(urllib.parse.parse_qsl(parts.query))
        text = lambda part: urllib.parse.unquote(part or "")
        self.user, self.password = text(parts.username), text(parts.password)
        database = text(parts.path.lstrip("/")) or self.user
        try:
            self.socket = socket.create_connection((parts.hostname, parts.port or 5432), TIMEOUT_SECONDS)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if options.get("sslmode", "disable") != "disable":
                self.encrypt()
            self.stream = self.socket.makefile("rb")
            names = ["user", self.user, "database", database, "application_name", "visits"]
            body = struct.pack("!i", 196608) + b"".join(name.encode() + b"\0" for name in names) + b"\0"
            self.socket.sendall(struct.pack("!i", len(body) + 4) + body)
            self.sign_in()
        except (OSError, EOFError) as error:
            raise Lost(f"cannot connect: {error}", was_sent=False) from None
        except Failed as failed:
            self.close()
            # "the database system is starting up" and its like pass.
            raise Lost(str(failed), was_sent=False) from None

    def encrypt(self):
        """The channel is private; as with libpq's `require`, who the server is is not looked at."""
        self.socket.sendall(struct.pack("!ii", 8, 80877103))
        if self.socket.recv(1) != b"S":
            raise Failed("the server does not encrypt")
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.socket = context.wrap_socket(self.socket)

    def sign_in(self):
        scram = None
        while True:
            kind, body = self.receive()
            if kind == b"Z":
                return
            if kind != b"R":
                continue
            (method,) = struct.unpack_from("!i", body)
            if method == 10:
                scram = Scram(self.password)
                first = scram.first()
                self.send(b"p", b"SCRAM-SHA-256\0" + struct.pack("!i", len(first)) + first)
            elif method == 11:
                self.send(b"p", scram.final(body[4:]))
            elif method == 12:
                scram.check(body[4:])
            elif method != 0:
                raise Failed(f"sign-in method {method} is not known here")

    def ask(self, statement, *values):
        """Rows of text, None where a value is null."""
        texts = [str(value).encode() for value in values]
        bound = b"".join(struct.pack("!i", len(text)) + text for text in texts)
        message = (
            framed(b"P", b"\0" + statement.encode() + b"\0\0\0")
            + framed(b"B", b"\0\0\0\0" + struct.pack("!h", len(texts)) + bound + b"\0\0")
            + framed(b"E", b"\0\0\0\0\0")
            + framed(b"S", b"")
        )
        try:
            self.socket.sendall(message)
            return self.rows()
        except (OSError, EOFError) as error:
            self.close()
            raise Lost(str(error) or "the connection was closed", was_sent=True) from None

    def rows(self):
        rows, failure = [], None
        while True:
            try:
                kind, body = self.receive()
            except Failed as failed:
                failure = failed
                continue
            if kind == b"D":
                rows.append(values_of(body))
            elif kind == b"Z":
                if failure:
                    raise failure
                return rows

    def send(self, kind, body):
        self.socket.sendall(framed(kind, body))

    def receive(self):
        head = self.exactly(5)
        body = self.exactly(struct.unpack("!i", head[1:])[0] - 4)
        if head[:1] == b"E":
            fields = {field[:1]: field[1:].decode(errors="replace") for field in body.split(b"\0") if field}
            text = f"{fields.get(b'M')} ({fields.get(b'C')})"
            # 57P01 to 57P03: PostgreSQL ends, or begins, and will say no more.
            raise EOFError(text) if fields.get(b"C", "").startswith("57P") else Failed(text)
        return head[:1], body

    def exactly(self, count):
        data = self.stream.read(count)
        if len(data) < count:
            raise EOFError("the connection was closed")
        return data

    def is_usable(self):
        """Idle, PostgreSQL says nothing until it goes."""
        readable, _, _ = select.select([self.socket], [], [], 0)
        return not readable

    def close(self):
        try:
            self.socket.close()
        except OSError:
            pass


def framed(kind, body):
    return kind + struct.pack("!i", len(body) + 4) + body


def values_of(body):
    (count,) = struct.unpack_from("!h", body)
    values, at = [], 2
    for _ in range(count):
        (length,) = struct.unpack_from("!i", body, at)
        at += 4
        values.append(None if length < 0 else body[at:at + length].decode())
        at += max(length, 0)
    return values


class Scram:
    """SCRAM-SHA-256 (RFC 5802, RFC 7677), without channel binding."""

    def __init__(self, password):
        self.password = password.encode()
        self.nonce = base64.b64encode(os.urandom(18)).decode()
        self.signature = None

    def first(self):
        return f"n,,n=,r={self.nonce}".encode()

    def final(self, challenge):
        fields = dict(field.split("=", 1) for field in challenge.decode().split(","))
        if not fields["r"].startswith(self.nonce):
            raise Failed("the server answers somebody else's sign-in")
        salted = hashlib.pbkdf2_hmac("sha256", self.password, base64.b64decode(fields["s"]), int(fields["i"]))
        mac = lambda key, text: hmac.new(key, text, hashlib.sha256).digest()
        client_key = mac(salted, b"Client Key")
        without_proof = f"c=biws,r={fields['r']}"
        text = f"n=,r={self.nonce},{challenge.decode()},{without_proof}".encode()
        signature = mac(hashlib.sha256(client_key).digest(), text)
        proof = base64.b64encode(bytes(one ^ other for one, other in zip(client_key, signature))).decode()
        self.signature = mac(mac(salted, b"Server Key"), text)
        return f"{without_proof},p={proof}".encode()

    def check(self, answer):
        """The server knows the password too."""
        if not hmac.compare_digest(base64.b64decode(answer.decode().split("v=", 1)[1]), self.signature):
            raise Failed("the server does not know the password")
