#!/usr/bin/env python3
"""Shelf: things of tenants, kept in Redis by a convention that is not the lab's.

    shelf.py --redis HOST:PORT [--password WORD] --layout NAME [--fault NAME] [--list-faults]

    tags       a cache before a database; keys begin with the tenant's name as a hash tag
    hashed     the same; keys begin with a hash of the tenant's id
    fields     the store itself: one hash, one stream, one sorted set for all tenants
    databases  the store itself: a database of the server for each tenant

prints {"url": ...} once it listens on a free port of 127.0.0.1, and ends when its standard input
does. Sessions are kept in Redis under their own tokens. No libraries.
"""

import argparse
import hashlib
import json
import re
import secrets
import socket
import sys
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

FAULTS = {
    "no_tenant": "keys of the cache lack the tenant",
    "joined": "the tenant's name and the number of a thing stand in keys without anything between",
    "short_hash": "the hash at the beginning of keys has four bits",
    "blob": "what is made is also kept in one hash for all, by its number alone, and read there",
    "flush_prefix": "a tenant that leaves takes along the keys of those whose name begins with its",
    "flush_update": "whatever changes a thing empties the cache",
    "stale": "a thing that is changed or removed stays in the cache",
    "no_ttl": "entries of the cache never expire",
    "field": "fields of the shared hash lack the tenant",
    "event": "entries of the shared stream name the first tenant, whoever made them",
    "seen": "names that were used once are one set for all tenants",
    "db_zero": "the tenant's database is not selected",
    "same_db": "two databases serve all tenants",
    "purge": "what a tenant had stays when it leaves",
}


class Refusal(Exception):
    def __init__(self, status):
        super().__init__(status)
        self.status = status


class Redis:
    """As much of the protocol as is needed here."""

    def __init__(self, place, password, database):
        self.line = socket.create_connection(place)
        self.line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.line.makefile("rb")
        if password:
            self.ask("AUTH", password)
        self.ask("SELECT", database)

    def ask(self, *words):
        raw = [str(word).encode() for word in words]
        parts = [b"$%d\r\n%s\r\n" % (len(word), word) for word in raw]
        self.line.sendall(b"*%d\r\n" % len(raw) + b"".join(parts))
        return self.answer()

    def answer(self):
        head = self.file.readline()
        kind, rest = head[:1], head[1:-2]
        if kind == b"-":
            raise RuntimeError(rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if int(rest) < 0 else self.file.read(int(rest) + 2)[:-2].decode()
        if kind == b"*":
            return [self.answer() for _ in range(int(rest))]
        return rest.decode()


class Shelf:
    def __init__(self, options):
        self.options, self.fault, self.layout = options, options.fault, options.layout
        host, port = options.redis.split(":")
        self.place, self.local, self.lock = (host, int(port)), threading.local(), threading.RLock()
        self.tenants, self.users = {}, {}
        # What is behind the cache: by tenant, by number.
        self.rows, self.last = {}, 0
        self.free_databases = list(range(1, 16))
        self.is_cache = self.layout in ("tags", "hashed")

    def redis(self, database=0):
        pool = self.local.__dict__.setdefault("pool", {})
        if database not in pool:
            pool[database] = Redis(self.place, self.options.password, database)
        return pool[database]

    def ask(self, *words):
        return self.redis().ask(*words)

    def of(self, tenant):
        return self.redis(0 if self.fault == "db_zero" else tenant["db"])

    def scan(self, pattern):
        cursor = "0"
        while True:
            cursor, keys = self.ask("SCAN", cursor, "MATCH", pattern, "COUNT", 200)
            yield from keys
            if cursor == "0":
                return

    # Tenants and their users.

    def open_tenant(self, body):
        slug, login, secret = body["slug"], body["login"], body["secret"]
        with self.lock:
            if any(one["slug"] == slug for one in self.tenants.values()):
                raise Refusal(409)
            tenant = {"id": str(uuid.uuid4()), "slug": slug, "db": 0}
            if self.layout == "databases":
                tenant["db"] = self.free_databases.pop(0)
                if self.fault == "same_db":
                    tenant["db"] = 1 + tenant["db"] % 2
            size = 1 if self.fault == "short_hash" else 16
            tenant["prefix"] = hashlib.sha1(tenant["id"].encode()).hexdigest()[:size]
            self.tenants[tenant["id"]] = tenant
            self.rows[tenant["id"]] = {}
            self.users[(slug, login)] = (tenant, secret)
        return tenant

    def close_tenant(self, tenant):
        with self.lock:
            del self.tenants[tenant["id"]], self.rows[tenant["id"]]
            self.users = {k: u for k, u in self.users.items() if u[0] is not tenant}
        if self.fault == "purge":
            return {}
        if self.layout == "databases":
            self.of(tenant).ask("FLUSHDB")
            self.free_databases.append(tenant["db"])
        elif self.layout == "fields":
            self.empty_shared(tenant["id"])
        else:
            self.empty_cache(tenant)
        for key in self.scan("sess:*"):
            if json.loads(self.ask("GET", key) or "{}").get("tenant") == tenant["id"]:
                self.ask("DEL", key)
        return {}

    def empty_cache(self, tenant):
        pattern = re.sub(r"([*?\[\]\\])", r"\\\1", self.key(tenant, "", "")[:-1])
        if self.fault == "flush_prefix":
            pattern = "{t:" + tenant["slug"]
        for key in self.scan(pattern + "*"):
            self.ask("DEL", key)

    def empty_shared(self, tenant_id):
        for field in self.ask("HKEYS", "things"):
            if field.startswith(tenant_id):
                self.ask("HDEL", "things", field)
        for member in self.ask("ZRANGE", "names", 0, -1):
            if member.startswith(tenant_id):
                self.ask("ZREM", "names", member)
        for entry, fields in self.ask("XRANGE", "events", "-", "+"):
            if fields[1] == tenant_id:
                self.ask("XDEL", "events", entry)
        self.ask("DEL", "seen:" + tenant_id)

    def sign_in(self, body):
        tenant, secret = self.users.get((body["tenant"], body["login"]), (None, None))
        if not tenant or secret != body["secret"]:
            raise Refusal(401)
        token = secrets.token_urlsafe(24)
        self.ask("SET", "sess:" + token, json.dumps({"tenant": tenant["id"]}), "EX", 600)
        return {"token": token}

    def caller(self, headers):
        token = (headers.get("Authorization") or "").removeprefix("Bearer ")
        session = json.loads((self.ask("GET", "sess:" + token) if token else None) or "{}")
        if session.get("tenant") not in self.tenants:
            raise Refusal(401)
        return self.tenants[session["tenant"]]

    # Things.

    def key(self, tenant, what, number):
        if self.fault == "no_tenant":
            return f"{what}:{number}"
        if self.fault == "joined":
            return f"{tenant['slug']}{number}{what}"
        if self.layout == "hashed":
            return f"{tenant['prefix']}:{what}:{number}"
        return "{t:" + tenant["slug"] + f"}}:{what}:{number}"

    def remember(self, key, value):
        self.ask("SET", key, json.dumps(value), *([] if self.fault == "no_ttl" else ["EX", 120]))

    def forget(self, tenant, number):
        if self.fault == "flush_update":
            self.ask("FLUSHDB")
        if self.fault != "stale":
            self.ask("DEL", self.key(tenant, "thing", number), self.key(tenant, "list", 1))

    def field(self, tenant, number):
        return number if self.fault == "field" else f"{tenant['id']}:{number}"

    def create(self, tenant, body):
        one = {"name": body["name"]}
        if self.is_cache:
            with self.lock:
                self.last += 1
                number = one["id"] = self.last
                self.rows[tenant["id"]][number] = one
            self.ask("DEL", self.key(tenant, "list", 1))
            if self.fault == "blob":
                self.ask("HSET", "all", number, json.dumps(one))
        elif self.layout == "fields":
            one["id"] = str(uuid.uuid4())
            maker = next(iter(self.tenants)) if self.fault == "event" else tenant["id"]
            self.ask("HSET", "things", self.field(tenant, one["id"]), json.dumps(one))
            self.ask("XADD", "events", "*", "tenant", maker, "what", "made " + one["name"])
            self.ask("ZADD", "names", len(one["name"]), f"{tenant['id']}|{one['name']}")
            seen = "seen" if self.fault == "seen" else "seen:" + tenant["id"]
            self.ask("SADD", seen, one["name"])
        else:
            one["id"] = self.of(tenant).ask("INCR", "last")
            self.of(tenant).ask("HSET", f"thing:{one['id']}", "name", one["name"])
        return one

    def read(self, tenant, number):
        if self.layout == "fields":
            found = self.ask("HGET", "things", self.field(tenant, number))
            if found:
                return json.loads(found)
        elif self.layout == "databases":
            found = self.of(tenant).ask("HGET", f"thing:{number}", "name")
            if found:
                return {"id": int(number), "name": found}
        else:
            found = self.ask("GET", self.key(tenant, "thing", number))
            if not found and self.fault == "blob":
                found = self.ask("HGET", "all", number)
            if found:
                return json.loads(found)
            row = self.rows[tenant["id"]].get(int(number)) if number.isdigit() else None
            if row:
                self.remember(self.key(tenant, "thing", number), row)
                return row
        raise Refusal(404)

    def update(self, tenant, number, body):
        one = dict(self.read(tenant, number), name=body["name"])
        if self.layout == "fields":
            self.ask("HSET", "things", self.field(tenant, number), json.dumps(one))
        elif self.layout == "databases":
            self.of(tenant).ask("HSET", f"thing:{number}", "name", one["name"])
        else:
            self.rows[tenant["id"]][int(number)] = one
            self.forget(tenant, number)
        return one

    def remove(self, tenant, number):
        self.read(tenant, number)
        if self.layout == "fields":
            self.ask("HDEL", "things", self.field(tenant, number))
        elif self.layout == "databases":
            self.of(tenant).ask("DEL", f"thing:{number}")
        else:
            self.rows[tenant["id"]].pop(int(number), None)
            self.forget(tenant, number)
        return {}

    def listing(self, tenant):
        if self.layout == "fields":
            pairs = self.ask("HGETALL", "things")
            mine = [v for f, v in zip(pairs[::2], pairs[1::2]) if f.startswith(tenant["id"])]
            return {"things": [json.loads(value) for value in mine]}
        if self.layout == "databases":
            own = self.of(tenant)
            numbers = range(1, int(own.ask("GET", "last") or 0) + 1)
            names = [(n, own.ask("HGET", f"thing:{n}", "name")) for n in numbers]
            return {"things": [{"id": n, "name": name} for n, name in names if name]}
        key = self.key(tenant, "list", 1)
        found = self.ask("GET", key)
        if found:
            return json.loads(found)
        out = {"things": list(self.rows[tenant["id"]].values())}
        self.remember(key, out)
        return out

    def answer(self, verb, path, body, headers):
        if path == "/up":
            return {"up": True}
        if (verb, path) == ("POST", "/tenants"):
            return self.open_tenant(body)
        if (verb, path) == ("POST", "/login"):
            return self.sign_in(body)
        tenant = self.caller(headers)
        if (verb, path) == ("DELETE", "/tenant"):
            return self.close_tenant(tenant)
        if path == "/things":
            return self.create(tenant, body) if verb == "POST" else self.listing(tenant)
        found = re.fullmatch(r"/things/([\w-]+)", path)
        if not found:
            raise Refusal(404)
        if verb == "PUT":
            return self.update(tenant, found[1], body)
        return (self.remove if verb == "DELETE" else self.read)(tenant, found[1])


def handler(shelf):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_):
            pass

        def handle_any(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, out = 200, None
            try:
                path = urlsplit(self.path).path
                out = shelf.answer(self.command, path, json.loads(body or b"{}"), self.headers)
            except Refusal as refusal:
                status, out = refusal.status, {"error": "refused"}
            except (AttributeError, KeyError, TypeError, ValueError):
                status, out = 400, {"error": "not understood"}
            text = json.dumps(out).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PUT = do_DELETE = handle_any

    return Handler


def main():
    parser = argparse.ArgumentParser(description="A small service over Redis for tests.")
    parser.add_argument("--redis")
    parser.add_argument("--password", default="")
    parser.add_argument("--layout", choices=["tags", "hashed", "fields", "databases"])
    parser.add_argument("--fault", default="", choices=["", *sorted(FAULTS)])
    parser.add_argument("--list-faults", action="store_true")
    options = parser.parse_args()
    if options.list_faults:
        for name, meaning in FAULTS.items():
            print(f"{name:12} {meaning}")
        return
    ThreadingHTTPServer.request_queue_size = 256
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(Shelf(options)))
    server.daemon_threads = True
    print(json.dumps({"url": f"http://127.0.0.1:{server.server_port}"}), flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
