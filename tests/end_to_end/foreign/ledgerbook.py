#!/usr/bin/env python3
"""Ledgerbook: a multi-tenant service that has nothing in common with the lab but HTTP.

Workspaces stand in paths and have small numbers for ids. Items are numbered within their
workspace, so that item 1 exists in all of them. Whatever is not there, or is not the caller's, is
answered with status 200 and "nothing found"; errors repeat the request. Callers authenticate by
HTTP Basic, or by a session cookie with a CSRF token. Everything is kept in memory.

    ledgerbook.py [--fault NAME] [--absent-fails] [--rate REQUESTS_PER_S] [--tls CERTIFICATE KEY] [--list-faults]

prints {"url": ...} once it listens on a free port of 127.0.0.1, and ends when its standard input
does; what is left then, it prints: {"workspaces": 0, "items": 0}. One event loop, no libraries.
"""

import argparse
import asyncio
import base64
import hashlib
import hmac
import contextlib
import itertools
import json
import re
import secrets
import ssl
import sys
import time
from urllib.parse import parse_qsl, urlsplit

FAULTS = {
    "read": "an item is read in whatever workspace the path names",
    "update": "an item is changed in whatever workspace the path names",
    "delete": "an item is deleted in whatever workspace the path names",
    "wiki": "a page is found by its name in whatever workspace has it",
    "note": "a note is found by its number, under any item",
    "list": "items are listed in whatever workspace the path names",
    "create": "an item is created in whatever workspace the path names",
    "scope": "?scope=all lists the items of all workspaces",
    "filter": "?workspace_id= replaces the workspace of the list",
    "bind": "a new item is put where its member workspace_id says",
    "move": "a changed item is moved where its member workspace_id says",
    "oracle": "a foreign item is forbidden, an absent one not found",
    "cache": "items are cached by their number alone",
    "header": "X-Workspace-Id is believed over the session",
    "report": "a report is made of whatever workspace the path names",
    "search": "the search looks through all workspaces",
    "total": "the total of the list counts the items of all workspaces",
    "crash": "a foreign item makes the service fail, an absent one is not found",
    "error": "the error about a foreign item tells its title",
    "stale": "a deleted item is still served from the cache",
    "session": "a session goes on after its member was removed",
    "bulk": "of several notes that are fetched at once only the first is checked",
    "room": "the room for items is each member's, not the workspace's",
    "journal": "a refused attempt stands in the journal of the workspace that it was made on",
    "heir": "a workspace that takes the name of a closed one takes its items over",
    "absent": "that a note is not there is remembered for everybody",
    "current": "the workspace of whoever came last is that of all who wait to read",
    "merge": "reads of the same item number that overlap share one answer",
    "print": "a note is printed for whoever knows its number",
    "version": "a note's version is confirmed before it is asked whose it is",
    "duplicate": "the number of a note in the path is checked, ?number= is looked up",
    "settle": "an item is settled in whatever workspace the path names",
    "star": "of several notes that are starred at once only the first is checked",
    "internal": "the way in for other services shows items of whatever workspace",
    "operator": "an operator in the place of the search's text opens all workspaces",
    "refer": "an item may refer to a note of any workspace, and shows it",
    "retry": "the key of a repeated creation has no workspace",
    "page": "the token for the next page says whose list goes on",
    "half": "an item is stored before all its fields are looked at",
    "invite": "an invitation is accepted into whatever workspace the path names",
    "index": "a deleted item is still found by the search",
    "hook": "a new item is told to the hooks of all workspaces",
    "proxy": "X-Forwarded-User is believed to come from a proxy",
    "shy": "to delete another workspace's note is forbidden, an absent one is not found",
    "number": "an item is changed in all workspaces that have its number",
    "sweep": "with an item the notes of all items of its number are removed",
    "imprint": "the imprint is changed of whatever workspace the path names",
    "hidden": "the imprint is changed of whatever workspace the member workspace says",
    "namesake": "an item of a title that is known anywhere is that item",
}


class Refusal(Exception):
    def __init__(self, code, message, status=200):
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


class NotModified(Exception):
    pass


def nothing():
    return Refusal("none", "nothing found")


class Request:
    def __init__(self, method, target, headers, body):
        parts = urlsplit(target)
        self.method, self.target, self.path = method, target, parts.path
        self.query = dict(parse_qsl(parts.query, keep_blank_values=True))
        self.headers, self.body = headers, body
        self.headers_out = []
        self.cookies = dict(
            pair.strip().split("=", 1)
            for pair in headers.get("cookie", "").split(";")
            if "=" in pair
        )

    def is_form(self):
        kind = self.headers.get("content-type", "")
        return kind.startswith("application/x-www-form-urlencoded")

    def fields(self):
        text = self.body.decode("utf-8", "replace")
        if self.is_form():
            return form_fields(text)
        try:
            found = json.loads(text) if text else {}
        except ValueError:
            raise Refusal("syntax", "the body is no JSON", 400) from None
        if not isinstance(found, dict):
            raise Refusal("syntax", "the body is no object", 400)
        return found


def form_fields(text):
    """As frameworks read forms: item[title]=x is {"item": {"title": "x"}}, lines[]=x a list."""
    found = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        is_list = name.endswith("[]")
        steps = name.removesuffix("[]").replace("]", "").split("[")
        at = found
        for step in steps[:-1]:
            at = at.setdefault(step, {})
        if is_list:
            at.setdefault(steps[-1], []).append(value)
        else:
            at[steps[-1]] = value
    return found


class Workspace:
    def __init__(self, number, handle):
        self.number, self.handle = number, handle
        self.items, self.notes, self.makers, self.journal = {}, {}, {}, []
        self.found, self.guests, self.hooks, self.pages = {}, {}, {}, {}
        self.last_item = self.room = 0
        self.imprint = handle
        self.opened = time.time()


class Ledgerbook:
    def __init__(self, fault, rate, absent_fails):
        self.fault, self.rate, self.absent_fails = fault, rate, absent_fails
        self.credit, self.refilled = 0, time.monotonic()
        self.workspaces, self.members, self.sessions, self.cache = {}, {}, {}, {}
        self.closed, self.member_numbers = {}, itertools.count(1)
        self.absent = set()
        self.answers = {}
        self.numbers, self.note_numbers = itertools.count(1), itertools.count(1)
        self.secret, self.versions = secrets.token_bytes(32), {}
        self.current, self.merged = 0, {}
        self.deliveries = set()
        self.routes = [
            ("POST", r"/join", self.join),
            ("GET", r"/session", self.session_page),
            ("POST", r"/session", self.open_session),
            ("GET", r"/up", lambda request: {"up": True}),
            ("POST", r"/w/(\d+)/members", self.add_member),
            ("DELETE", r"/w/(\d+)/members/(\d+)", self.remove_member),
            ("DELETE", r"/w/(\d+)", self.close),
            ("GET", r"/w/(\d+)/data/items", self.list_items),
            ("POST", r"/w/(\d+)/data/items", self.create_item),
            ("POST", r"/w/(\d+)/notes/fetch", self.fetch_notes),
            ("POST", r"/w/(\d+)/notes/star", self.star_notes),
            ("POST", r"/w/(\d+)/data/items/(\d+)/settle", self.settle_item),
            ("GET", r"/internal/w/(\d+)/data/items/(\d+)", self.read_internally),
            ("GET", r"/w/(\d+)/data/items/(\d+)", self.read_item),
            ("PUT", r"/w/(\d+)/data/items/(\d+)", self.update_item),
            ("DELETE", r"/w/(\d+)/data/items/(\d+)", self.delete_item),
            ("GET", r"/w/(\d+)/data/items/(\d+)/notes", self.list_notes),
            ("POST", r"/w/(\d+)/data/items/(\d+)/notes", self.create_note),
            ("GET", r"/w/(\d+)/data/items/(\d+)/notes/(\d+)", self.read_note),
            ("DELETE", r"/w/(\d+)/data/items/(\d+)/notes/(\d+)", self.delete_note),
            ("GET", r"/print/(\d+)/(\d+)", self.print_note),
            ("POST", r"/w/(\d+)/hooks", self.add_hook),
            ("DELETE", r"/w/(\d+)/hooks/(\d+)", self.remove_hook),
            ("POST", r"/w/(\d+)/pages", self.write_page),
            ("GET", r"/w/(\d+)/pages/(\w+)", self.read_page),
            ("GET", r"/w/(\d+)/guests", self.list_guests),
            ("POST", r"/w/(\d+)/guests", self.invite),
            ("POST", r"/w/(\d+)/guests/(\w+)/accept", self.accept),
            ("GET", r"/w/(\d+)/summary", self.summary),
            ("GET", r"/w/(\d+)/imprint", self.read_imprint),
            ("PUT", r"/w/(\d+)/imprint", self.write_imprint),
            ("POST", r"/w/(\d+)/report", self.report),
            ("POST", r"/w/(\d+)/search", self.search),
            ("GET", r"/w/(\d+)/journal", self.read_journal),
        ]

    # Who asks, and where.

    def caller(self, request):
        if self.fault == "proxy" and request.headers.get("x-forwarded-user") in self.members:
            return self.members[request.headers["x-forwarded-user"]]
        scheme, _, rest = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                login, _, secret = base64.b64decode(rest).decode().partition(":")
            except ValueError:
                login = secret = ""
            member = self.members.get(login)
            if member and member["secret"] == secret and not member["removed"]:
                return member
        session = self.sessions.get(request.cookies.get("ledger_sid", ""))
        if session and session["member"]:
            if session["member"]["removed"] and self.fault != "session":
                raise Refusal("auth", "sign in first", 401)
            if request.method != "GET" and request.headers.get("x-csrf") != session["csrf"]:
                raise Refusal("csrf", "the form has expired")
            return session["member"]
        raise Refusal("auth", "sign in first", 401)

    def enter(self, request, number, trusting=None):
        """The workspace that the path names, if it is the caller's."""
        member = self.caller(request)
        home = member["workspace"]
        if self.fault == "header" and request.headers.get("x-workspace-id", "").isdigit():
            home = int(request.headers["x-workspace-id"])
            number = home
        if self.fault == "current" and request.method == "GET":
            number = home = self.current
        trusts_path = trusting is not None and trusting == self.fault
        if int(number) != home and not trusts_path:
            told = int(number) if self.fault == "journal" else home
            self.write_down(self.workspaces.get(told), member, "refused", None)
            raise nothing()
        if int(number) not in self.workspaces:
            raise nothing()
        return self.workspaces[int(number)]

    def write_down(self, space, member, what, item):
        if space:
            space.journal.append(
                {"entry": len(space.journal) + 1, "by": member["login"], "did": what, "item": item}
            )

    def read_journal(self, request, number):
        return {"entries": self.enter(request, number).journal[-1000:]}

    # Accounts.

    def join(self, request):
        fields = request.fields()
        login = fields["login"]
        if login in self.members:
            raise Refusal("taken", "this login is taken", 409)
        space = Workspace(next(self.numbers), fields["workspace"])
        space.room = int(fields.get("room") or 0)
        self.workspaces[space.number] = space
        if self.fault == "heir" and space.handle in self.closed:
            former = self.closed[space.handle]
            space.items, space.last_item = former.items, former.last_item
        return {"workspace": {"number": space.number, "handle": space.handle}} | {
            "member": self.enlist(space, login, fields["secret"])
        }

    def enlist(self, space, login, secret):
        number = next(self.member_numbers)
        self.members[login] = {
            "number": number, "login": login, "secret": secret,
            "workspace": space.number, "removed": False,
        }
        return {"number": number, "login": login}

    def add_member(self, request, number):
        space = self.enter(request, number)
        fields = request.fields()
        if fields["login"] in self.members:
            raise Refusal("taken", "this login is taken", 409)
        return {"member": self.enlist(space, fields["login"], fields["secret"])}

    def remove_member(self, request, number, member):
        space = self.enter(request, number)
        for known in self.members.values():
            if known["number"] == int(member) and known["workspace"] == space.number:
                known["removed"] = True
                return {"removed": int(member)}
        raise nothing()

    def close(self, request, number):
        space = self.enter(request, number)
        del self.workspaces[space.number]
        # The names are free again; sessions know their members by themselves.
        for member in [m for m in self.members.values() if m["workspace"] == space.number]:
            member["removed"] = True
            del self.members[member["login"]]
        self.closed[space.handle] = space
        for item in space.items:
            self.forget(space, item)
        return {"closed": space.number}

    def session_page(self, request):
        sid, csrf = secrets.token_hex(16), secrets.token_hex(16)
        self.sessions[sid] = {"csrf": csrf, "member": None}
        request.set_cookies = [f"ledger_sid={sid}; HttpOnly; Path=/"]
        return {"form": {"csrf": csrf}}

    def open_session(self, request):
        fields = request.fields()
        session = self.sessions.get(request.cookies.get("ledger_sid", ""))
        if session is None or session["csrf"] != fields.get("csrf"):
            raise Refusal("csrf", "the form has expired", 403)
        member = self.members.get(fields.get("login", ""))
        if not member or member["secret"] != fields.get("secret") or member["removed"]:
            raise Refusal("auth", "unknown login or wrong secret", 401)
        del self.sessions[request.cookies["ledger_sid"]]
        sid, csrf = secrets.token_hex(16), secrets.token_hex(16)
        self.sessions[sid] = {"csrf": csrf, "member": member}
        request.set_cookies = [f"ledger_sid={sid}; HttpOnly; Path=/"]
        return {"csrf": csrf}

    # Items.

    def list_items(self, request, number):
        space = self.enter(request, number, "list")
        spaces = [space]
        if self.fault == "scope" and request.query.get("scope") == "all":
            spaces = list(self.workspaces.values())
        if self.fault == "filter" and request.query.get("workspace_id", "").isdigit():
            other = self.workspaces.get(int(request.query["workspace_id"]))
            spaces = [other] if other else []
        size = max(1, min(100, int(request.query.get("size", "50") or 50)))
        skipped = 0
        if request.query.get("next"):
            whose, _, skipped = base64.b64decode(request.query["next"]).decode().partition(":")
            skipped = int(skipped)
            if self.fault == "page":
                spaces = [self.workspaces[int(whose)]]
            elif int(whose) != space.number:
                raise nothing()
        found = [item for one in spaces for item in one.items.values()]
        counted = self.workspaces.values() if self.fault == "total" else spaces
        end = max(0, len(found) - skipped)
        page = {"size": size, "of": sum(len(one.items) for one in counted)}
        if end > size:
            on = f"{spaces[0].number}:{skipped + size}"
            page["next"] = base64.b64encode(on.encode()).decode()
        return {"items": [self.shown(i) for i in found[max(0, end - size):end]], "page": page}

    def create_item(self, request, number):
        space = self.enter(request, number, "create")
        fields = request.fields()
        fields = fields.get("item", fields)
        if self.fault == "bind" and str(fields.get("workspace_id", "")).isdigit():
            space = self.workspaces.get(int(fields["workspace_id"]), space)
        key = request.headers.get("idempotency-key")
        key = key and (key if self.fault == "retry" else (space.number, key))
        if key in self.answers:
            return self.answers[key]
        member = self.caller(request)
        mine = [n for n in space.items if space.makers.get(n) == member["login"]]
        used = mine if self.fault == "room" else space.items
        if space.room and len(used) >= space.room:
            raise Refusal("full", "there is no room for more items", 429)
        item = self.namesake_of(fields) or self.put_item(space, fields)
        space.makers[item["number"]] = member["login"]
        self.write_down(space, member, "created", item["number"])
        self.tell(space, item)
        made = {"item": self.shown(item)}
        if key is not None:
            self.answers[key] = made
        return made

    def namesake_of(self, fields):
        if self.fault != "namesake":
            return None
        everywhere = (i for one in self.workspaces.values() for i in one.items.values())
        known = next((i for i in everywhere if i["title"] == fields.get("title")), None)
        if known:
            known.update({n: fields[n] for n in ("amount", "lines") if n in fields})
            self.forget(self.workspaces[known["workspace_id"]], known["number"])
        return known

    # Hooks: URLs that are told of new items.

    def add_hook(self, request, number):
        space = self.enter(request, number)
        url = urlsplit(str(request.fields()["url"]))
        if url.scheme != "http" or url.hostname != "127.0.0.1" or not url.port:
            raise Refusal("url", "only of this machine", 422)
        hook = len(space.hooks) + 1
        space.hooks[hook] = url
        return {"hook": hook}

    def remove_hook(self, request, number, hook):
        if self.enter(request, number).hooks.pop(int(hook), None) is None:
            raise nothing()
        return {"removed": int(hook)}

    def tell(self, space, item):
        told = self.workspaces.values() if self.fault == "hook" else [space]
        text = json.dumps({"created": self.shown(item)})
        for one in told:
            for url in one.hooks.values():
                task = asyncio.get_running_loop().create_task(deliver(url, text))
                self.deliveries.add(task)
                task.add_done_callback(self.deliveries.discard)

    def put_item(self, space, fields):
        if self.fault != "half":
            [str(line) for line in fields.get("lines", [])]
        self.note_that(space, fields)
        space.last_item += 1
        item = {
            "number": space.last_item,
            "workspace_id": space.number,
            "title": str(fields.get("title", "")),
            "amount": fields.get("amount", 0),
            "note_id": fields.get("note_id"),
            "lines": [],
            "state": "open",
            "revision": 1,
            "at": round(time.time(), 3),
        }
        space.items[item["number"]] = space.found[item["number"]] = item
        item["lines"] = [str(line) for line in fields.get("lines", [])]
        return item

    def note_that(self, space, fields):
        """The note that the fields of an item refer to: one of the workspace."""
        wanted = fields.get("note_id")
        if wanted is None:
            return
        known = self.any_note(wanted) if self.fault == "refer" else space.notes.get(int(wanted))
        if known is None:
            raise Refusal("note", "no such note", 422)

    def shown(self, item):
        if item.get("note_id") is None:
            return item
        space = self.workspaces[item["workspace_id"]]
        note = space.notes.get(int(item["note_id"]))
        if self.fault == "refer":
            note = self.any_note(item["note_id"])
        return item | {"note": note}

    def settle_item(self, request, number, item):
        space = self.enter(request, number, "settle")
        found = self.item_of(space, item)
        found["state"] = "settled"
        found["revision"] += 1
        self.forget(space, item)
        return {"item": self.shown(found)}

    def read_internally(self, request, number, item):
        self.caller(request)
        if self.fault == "internal" and int(number) in self.workspaces:
            return {"item": self.item_of(self.workspaces[int(number)], item)}
        return {"item": self.item_of(self.enter(request, number), item)}

    def item_of(self, space, number):
        item = space.items.get(int(number))
        if item is None:
            raise nothing()
        return item

    def read_item(self, request, number, item):
        self.hint_at(request, number, item)
        space = self.enter(request, number, "read")
        key = (space.number, int(item)) if self.fault != "cache" else int(item)
        if key not in self.cache:
            self.cache[key] = dict(self.shown(self.item_of(space, item)))
        return {"item": self.cache[key]}

    def hint_at(self, request, number, item):
        if self.fault not in ("oracle", "error", "crash"):
            return
        home = self.caller(request)["workspace"]
        there = self.workspaces.get(int(number))
        if int(number) == home or there is None or int(item) not in there.items:
            return
        if self.fault == "oracle":
            raise Refusal("forbidden", "this item is not yours", 403)
        if self.fault == "crash":
            raise Refusal("internal", "something went wrong", 500)
        title = there.items[int(item)]["title"]
        raise Refusal("none", f"nothing found, but did you mean {title!r}?")

    def forget(self, space, item):
        self.cache.pop((space.number, int(item)), None)
        self.cache.pop(int(item), None)

    def update_item(self, request, number, item):
        space = self.enter(request, number, "update")
        found = self.item_of(space, item)
        fields = request.fields()
        fields = fields.get("item", fields)
        self.note_that(space, fields)
        everywhere = [one.items.get(int(item)) for one in self.workspaces.values()]
        for written in filter(None, everywhere if self.fault == "number" else [found]):
            for name in ("title", "amount", "lines", "note_id"):
                if name in fields:
                    written[name] = fields[name]
        found["revision"] += 1
        self.forget(space, item)
        if self.fault == "move" and str(fields.get("workspace_id", "")).isdigit():
            target = self.workspaces.get(int(fields["workspace_id"]), space)
            if target is not space:
                del space.items[found["number"]], space.found[found["number"]]
                target.last_item += 1
                found["number"], found["workspace_id"] = target.last_item, target.number
                target.items[found["number"]] = target.found[found["number"]] = found
        return {"item": self.shown(found)}

    def delete_item(self, request, number, item):
        space = self.enter(request, number, "delete")
        if space.items.pop(int(item), None) is None:
            raise nothing()
        if self.fault != "index":
            space.found.pop(int(item), None)
        for one in self.workspaces.values() if self.fault == "sweep" else [space]:
            for note in [n for n, note in one.notes.items() if note["item"] == int(item)]:
                del one.notes[note]
        if self.fault != "stale":
            self.forget(space, item)
        return {"deleted": int(item)}

    # Notes: numbered throughout the service.

    def list_notes(self, request, number, item):
        space = self.enter(request, number)
        self.item_of(space, item)
        return {"notes": [n for n in space.notes.values() if n["item"] == int(item)]}

    def create_note(self, request, number, item):
        space = self.enter(request, number)
        self.item_of(space, item)
        note = {
            "number": next(self.note_numbers),
            "item": int(item),
            "text": str(request.fields().get("text", "")),
            "starred": False,
        }
        space.notes[note["number"]] = note
        return {"note": note}

    def key_of(self, number, note):
        message = f"{int(number)}/{int(note)}".encode()
        return hmac.new(self.secret, message, "sha256").hexdigest()

    def print_note(self, request, number, note):
        """For whoever was given the link, which has a key in it."""
        space = self.workspaces.get(int(number))
        found = space and space.notes.get(int(note))
        given = request.query.get("key", "")
        if self.fault != "print" and not hmac.compare_digest(given, self.key_of(number, note)):
            found = None
        if not found:
            raise nothing()
        return {"text": found["text"]}

    def read_note(self, request, number, item, note):
        wanted = request.headers.get("if-none-match")
        if self.fault == "version" and wanted and self.versions.get(int(note)) == wanted:
            raise NotModified()
        found = self.find_note(request, number, item, note)
        link = f"/print/{int(number)}/{found['number']}"
        if self.fault != "print":
            link += "?key=" + self.key_of(number, found["number"])
        version = '"' + hashlib.sha256(json.dumps(found).encode()).hexdigest()[:16] + '"'
        self.versions[found["number"]] = version
        request.headers_out = [f"ETag: {version}"]
        if wanted == version:
            raise NotModified()
        return {"note": found, "print": link}

    def find_note(self, request, number, item, note):
        space = self.enter(request, number)
        self.item_of(space, item)
        if self.fault == "absent" and int(note) in self.absent:
            raise nothing()
        found = space.notes.get(int(note))
        if self.fault == "note":
            found = self.any_note(note)
        elif found and found["item"] != int(item):
            found = None
        if found is None:
            self.absent.add(int(note))
            raise nothing()
        if self.fault == "duplicate" and request.query.get("number", "").isdigit():
            found = self.any_note(request.query["number"]) or found
        return found

    def any_note(self, number):
        everywhere = (one.notes.get(int(number)) for one in self.workspaces.values())
        return next((note for note in everywhere if note), None)

    def fetch_notes(self, request, number):
        space = self.enter(request, number)
        found = []
        for place, wanted in enumerate(request.fields().get("notes", [])):
            own = space.notes.get(int(wanted))
            note = self.any_note(wanted) if place > 0 and self.fault == "bulk" else own
            if note:
                found.append(note)
        return {"notes": found}

    def star_notes(self, request, number):
        space = self.enter(request, number)
        wanted = [int(one) for one in request.fields().get("notes", [])]
        checked = wanted[:1] if self.fault == "star" else wanted
        if not wanted or any(one not in space.notes for one in checked):
            raise nothing()
        for one in wanted:
            note = self.any_note(one)
            if note:
                note["starred"] = True
        return {"starred": len(wanted)}

    def delete_note(self, request, number, item, note):
        space = self.enter(request, number)
        found = space.notes.get(int(note))
        if found is None and self.fault == "shy" and self.any_note(note):
            raise Refusal("forbidden", "this note is not yours", 403)
        if found is None or found["item"] != int(item):
            raise nothing()
        del space.notes[int(note)]
        return {"deleted": int(note)}

    # Pages: addressed by their names. That there is none of a name, the answer says with that name.

    def write_page(self, request, number):
        space = self.enter(request, number)
        fields = request.fields()
        name = str(fields["name"])
        space.pages[name] = {"name": name, "text": str(fields.get("text", ""))}
        return {"page": space.pages[name]}

    def read_page(self, request, number, name):
        space = self.enter(request, number)
        spaces = self.workspaces.values() if self.fault == "wiki" else [space]
        page = next((one.pages[name] for one in spaces if name in one.pages), None)
        if page is None:
            raise Refusal("nothing", f"there is no page {name}", 404)
        return {"page": page}

    # Guests: whoever has an invitation may accept it, in the workspace that it is for.

    def list_guests(self, request, number):
        return {"guests": list(self.enter(request, number).guests.values())}

    def invite(self, request, number):
        space = self.enter(request, number)
        token = secrets.token_hex(12)
        space.guests[token] = {"email": str(request.fields()["email"]), "state": "invited"}
        return {"token": token}

    def accept(self, request, number, token):
        space = self.workspaces.get(int(number))
        if space is None:
            raise nothing()
        spaces = self.workspaces.values() if self.fault == "invite" else [space]
        guest = next((one.guests[token] for one in spaces if token in one.guests), None)
        if guest is None:
            raise nothing()
        guest["state"] = "accepted"
        space.guests[token] = guest
        return {"accepted": True}

    # Summaries.

    def summary(self, request, number):
        space = self.enter(request, number)
        return {
            "workspace": {"number": space.number, "handle": space.handle},
            "items": len(space.items),
            "room": space.room,
            "amount": sum(i["amount"] for i in space.items.values() if is_number(i["amount"])),
            "now": time.time(),
        }

    def read_imprint(self, request, number):
        return {"imprint": {"text": self.enter(request, number).imprint}}

    def write_imprint(self, request, number):
        space = self.enter(request, number, "imprint")
        fields = request.fields()
        said = str(fields.get("workspace", ""))
        if said.isdigit() and int(said) != space.number:
            if self.fault != "hidden" or int(said) not in self.workspaces:
                raise nothing()
            space = self.workspaces[int(said)]
        space.imprint = str(fields.get("text", ""))
        return {"imprint": {"text": space.imprint}}

    def report(self, request, number):
        space = self.enter(request, number, "report")
        rows = [[i["number"], i["title"], i["amount"]] for i in space.items.values()]
        return {"report": {"kind": request.fields().get("kind", "items"), "rows": rows}}

    def search(self, request, number):
        space = self.enter(request, number)
        text = request.fields().get("text", "")
        spaces = self.workspaces.values() if self.fault == "search" else [space]
        if isinstance(text, dict) and self.fault == "operator":
            return {"items": [i for one in self.workspaces.values() for i in one.found.values()]}
        text = str(text)
        # In the searcher's own journal: another tenant's words there were asked for, not shown.
        self.write_down(space, self.caller(request), f"looked for {text}", None)
        return {
            "items": [
                item for one in spaces for item in one.found.values() if text and
                text in item["title"]
            ]
        }

    # Dispatch.

    def is_too_fast(self):
        now = time.monotonic()
        self.credit = min(self.rate / 4, self.credit + (now - self.refilled) * self.rate)
        self.refilled = now
        if self.credit < 1:
            return True
        self.credit -= 1
        return False

    async def answer_in_time(self, request):
        """As `answer`, after whatever a defect has a request wait for."""
        item = re.fullmatch(r"/w/\d+/data/items/(\d+)", request.path)
        if self.fault == "current":
            with contextlib.suppress(Refusal):
                self.current = self.caller(request)["workspace"]
            await asyncio.sleep(0)
        if self.fault != "merge" or not item or request.method != "GET":
            return self.answer(request)
        request.set_cookies = []
        if item[1] not in self.merged:
            self.merged[item[1]] = asyncio.get_running_loop().create_task(self.look_up(request))
        return await asyncio.shield(self.merged[item[1]])

    async def look_up(self, request):
        await asyncio.sleep(0.001)
        del self.merged[request.path.rsplit("/", 1)[1]]
        return self.answer(request)

    def answer(self, request):
        request.set_cookies = []
        if self.rate and self.is_too_fast():
            return 429, {"status": "error", "error": {"code": "rate", "message": "too fast"}}
        try:
            for method, pattern, handler in self.routes:
                match = re.fullmatch(pattern, request.path)
                if match and method == request.method:
                    result = handler(request, *match.groups())
                    if "item" in result and request.is_form():
                        return self.lead_to(request, result["item"])
                    return 200, {"status": "ok", "result": result}
            raise nothing()
        except NotModified:
            return 304, None
        except Refusal as refusal:
            echo = {
                "method": request.method,
                "target": request.target,
                "query": request.query,
                "body": request.body.decode("utf-8", "replace"),
            }
            is_write = request.method == "PUT" or request.path.endswith("/settle")
            is_failure = self.absent_fails and refusal.code == "none" and is_write
            return 500 if is_failure else refusal.status, {
                "status": "error",
                "error": {"code": refusal.code, "message": refusal.message},
                "request": echo,
                "at": time.time(),
            }
        except (KeyError, TypeError, ValueError) as error:
            return 422, {"status": "error", "error": {"code": "fields", "message": repr(error)}}


    def lead_to(self, request, item):
        """Post, redirect, get: a form that is refused is answered with 200, as everything is."""
        space = item["workspace_id"]
        request.headers_out = [f"Location: /w/{space}/data/items/{item['number']}"]
        return 303, None


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


async def read_request(reader):
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip("\r\n").split("\r\n")
    method, target, _ = first.split(" ")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, target, headers, body)


def encode(request, status, content):
    """Answers in chunks, so that no length tells anything."""
    body = json.dumps(content).encode() if content is not None else b""
    head = [f"HTTP/1.1 {status} {'OK' if status == 200 else 'Refused'}",
            "Content-Type: application/json; charset=utf-8",
            "Transfer-Encoding: chunked",
            f"X-Trace: {secrets.token_hex(8)}"]
    head += [f"Set-Cookie: {cookie}" for cookie in request.set_cookies] + request.headers_out
    if content is None:
        head = [line for line in head if not line.startswith(("Content-", "Transfer-"))]
        if status != 304:
            head.append("Content-Length: 0")
        return "\r\n".join(head).encode("latin-1") + b"\r\n\r\n"
    half = len(body) // 2 or 1
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part)
                      for part in (body[:half], body[half:]) if part)
    return "\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + chunks + b"0\r\n\r\n"


async def deliver(url, text):
    body = text.encode()
    with contextlib.suppress(OSError):
        reader, writer = await asyncio.open_connection(url.hostname, url.port)
        head = f"POST {url.path} HTTP/1.1\r\nHost: {url.netloc}\r\n"
        writer.write(head.encode() + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()
        await reader.readline()
        writer.close()


async def serve(fault, rate, absent_fails, tls):
    book = Ledgerbook(fault, rate, absent_fails)

    async def talk(reader, writer):
        try:
            while True:
                request = await read_request(reader)
                status, content = await book.answer_in_time(request)
                writer.write(encode(request, status, content))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, ValueError):
            pass
        finally:
            writer.close()

    context = None
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    print(json.dumps({"url": f"{'https' if tls else 'http'}://127.0.0.1:{port}"}), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()
    items = sum(len(space.items) for space in book.workspaces.values())
    print(json.dumps({"workspaces": len(book.workspaces), "items": items}), flush=True)


def main():
    parser = argparse.ArgumentParser(description="A small multi-tenant service for tests.")
    parser.add_argument("--fault", choices=sorted(FAULTS))
    parser.add_argument("--absent-fails", action="store_true",
                        help="to change what is not there is answered with 500, for everybody")
    parser.add_argument("--rate", type=float, default=0, help="beyond it, all are answered 429")
    parser.add_argument("--tls", nargs=2, metavar=("CERTIFICATE", "KEY"))
    parser.add_argument("--list-faults", action="store_true")
    arguments = parser.parse_args()
    if arguments.list_faults:
        for name, meaning in FAULTS.items():
            print(f"{name:10} {meaning}")
        return
    asyncio.run(serve(arguments.fault, arguments.rate, arguments.absent_fails, arguments.tls))


if __name__ == "__main__":
    main()
