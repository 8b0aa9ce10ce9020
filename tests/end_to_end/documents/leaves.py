#!/usr/bin/env python3
"""Leaves: documents of organisations in MongoDB, kept apart in one of four ways.

    leaves.py ADDRESS LAYOUT FAULT open SLUG CANARY    prints how the organisation is known
    leaves.py ADDRESS LAYOUT FAULT close ID NUMBER COLLECTION DATABASE

    nested       shared collections; meta.org._id, an object id, says whose a document is
    numbers      shared collections; orgId, a number
    collections  a collection for each organisation
    databases    a database for each organisation

FAULT is "none", or what is wrong with the documents that are written: "misfiled" with another's,
"bare" of whose they are, also put into an "archive" that nobody owns. No libraries.
"""

import json
import secrets
import socket
import struct
import sys
import zlib
from urllib.parse import unquote, urlsplit


class ObjectId(bytes):
    pass


FIRST_ID = ObjectId(b"\x01" * 12)


def text(value):
    return value.encode() + b"\0"


def element(name, value):
    if isinstance(value, bool):
        return b"\x08" + text(name) + bytes([value])
    if isinstance(value, bytes) and not isinstance(value, ObjectId):
        return b"\x05" + text(name) + struct.pack("<i", len(value)) + b"\0" + value
    if isinstance(value, ObjectId):
        return b"\x07" + text(name) + value
    if isinstance(value, int):
        return b"\x12" + text(name) + struct.pack("<q", value)
    if isinstance(value, str):
        return b"\x02" + text(name) + struct.pack("<i", len(text(value))) + text(value)
    if isinstance(value, list):
        return b"\x04" + text(name) + bson({str(i): one for i, one in enumerate(value)})
    return b"\x03" + text(name) + bson(value)


def bson(document):
    body = b"".join(element(name, value) for name, value in document.items())
    return struct.pack("<i", len(body) + 5) + body + b"\0"


class Mongo:
    def __init__(self, address):
        at = urlsplit(address)
        self.line = socket.create_connection((at.hostname, at.port))
        self.file = self.line.makefile("rb")
        if at.username:
            words = b"\0" + unquote(at.username).encode() + b"\0" + unquote(at.password).encode()
            self.run("$external", {"saslStart": 1, "mechanism": "PLAIN", "payload": words})

    def run(self, database, command):
        body = b"\0" * 5 + bson(command | {"$db": database})
        self.line.sendall(struct.pack("<iiii", 16 + len(body), 1, 0, 2013) + body)
        answer = self.file.read(struct.unpack("<i", self.file.read(4))[0] - 4)
        if b"\x01ok\0" + struct.pack("<d", 1) not in answer:
            sys.exit(f"{command}: {answer!r}")

    def insert(self, place, documents):
        self.run(place[0], {"insert": place[1], "documents": documents})


def place_of(layout, slug):
    slug = slug.replace("_", "_u").replace("-", "_d")
    if layout == "collections":
        return "leaves", "notes_" + slug
    return ("org_" + slug, "notes") if layout == "databases" else ("leaves", "notes")


def stamp(layout, org_id, number):
    if layout == "nested":
        return {"meta": {"org": {"_id": org_id, "kind": "team"}, "version": 1}}
    return {"orgId": number} if layout == "numbers" else {}


def open_org(mongo, layout, fault, slug, canary):
    org_id, number = ObjectId(secrets.token_bytes(12)), 70_000 + zlib.crc32(slug.encode()) % 9_999
    place = place_of(layout, slug)
    own = stamp(layout, org_id, number)
    if fault == "misfiled" and slug.endswith("-1"):
        # Where documents say whose they are, the first organisation's; else in its place.
        own, place = stamp(layout, FIRST_ID, 1), place_of(layout, slug[:-1] + "0")
    if fault == "bare":
        own = {}
    notes = [{"_id": ObjectId(secrets.token_bytes(12)), "title": f"{n} {canary}"} | own
             for n in range(3)]
    mongo.insert(place, notes)
    mongo.insert(("leaves", "settings"), [{"_id": ObjectId(secrets.token_bytes(12)), "theme": 1}])
    audited = {"_id": ObjectId(secrets.token_bytes(12)), "did": "open " + canary}
    mongo.insert(("leaves", "audit"), [audited | (own or {"org": org_id.hex()})])
    if fault == "archive":
        mongo.insert(("leaves", "archive"),
                     [{"_id": ObjectId(secrets.token_bytes(12)), "title": canary}])
    print(json.dumps({"id": org_id.hex(), "number": number, "collection": place_of(layout, slug)[1],
                      "database": place_of(layout, slug)[0]}))


def close_org(mongo, layout, org_id, number, place):
    if layout == "collections":
        mongo.run(place[0], {"drop": place[1]})
    elif layout == "databases":
        mongo.run(place[0], {"dropDatabase": 1})
    else:
        key = {"meta.org._id": ObjectId.fromhex(org_id)} if layout == "nested" else {
            "orgId": int(number)}
        for name in ("notes", "audit"):
            mongo.run("leaves", {"delete": name, "deletes": [{"q": key, "limit": 0}]})


def main():
    address, layout, fault, verb, *rest = sys.argv[1:]
    mongo = Mongo(address)
    if verb == "open":
        open_org(mongo, layout, fault, *rest)
    else:
        close_org(mongo, layout, rest[0], rest[1], (rest[3], rest[2]))


if __name__ == "__main__":
    main()
