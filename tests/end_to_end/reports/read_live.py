"""read_live.py PROGRAM ARGUMENT...: starts the program with a receiver for --otlp and a scraper of
--metrics-listen, both made of what others wrote: the published messages of OTLP and the parsers of
Prometheus' own client. Prints what is wrong and ends with 1; else what it read, as JSON, and 0.
"""

import http.server
import json
import re
import subprocess
import sys
import threading
import urllib.request

from google.protobuf import json_format
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2
import prometheus_client.openmetrics.parser as openmetrics
import prometheus_client.parser as prometheus

wrong = []
pushed = []


class receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path != "/v1/metrics" or self.headers["Content-Type"] != "application/json":
            wrong.append(f"pushed to {self.path} as {self.headers['Content-Type']}")
        try:
            message = metrics_service_pb2.ExportMetricsServiceRequest()
            pushed.append(json_format.Parse(body, message))
        except json_format.ParseError as error:
            wrong.append(f"pushed: {error}")
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


def families(address, accept, parse):
    request = urllib.request.Request(address, headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=5) as answer:
        return {family.name: family for family in parse(answer.read().decode())}


def requests_in(all_families):
    family = all_families["watertight_requests"]
    return sum(s.value for s in family.samples if s.name == "watertight_requests_total")


def scrape(address, seen, ended):
    while not ended.wait(0.3):
        try:
            plain = families(address, "text/plain", prometheus.text_string_to_metric_families)
            accept = "application/openmetrics-text; version=1.0.0"
            both = families(address, accept, openmetrics.text_string_to_metric_families)
        except OSError:
            continue
        except ValueError as error:
            wrong.append(f"scraped: {error}")
            continue
        for name, kind in (
            ("watertight_requests", "counter"),
            ("watertight_request_duration_seconds", "histogram"),
        ):
            for text in (plain, both):
                if name not in text or text[name].type != kind:
                    wrong.append(f"scraped: no {kind} {name}")
                    return
        seen.append(requests_in(both))


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()
program = subprocess.Popen(
    sys.argv[1:]
    + ["--metrics-listen", "0", "--otlp", f"http://127.0.0.1:{server.server_address[1]}"],
    stdout=subprocess.DEVNULL,
    stderr=subprocess.PIPE,
    text=True,
)
scraped, ended, told = [], threading.Event(), []
scraper = None
for line in program.stderr:
    told.append(line)
    if place := re.search(r"live metrics at (\S+)", line):
        scraper = threading.Thread(target=scrape, args=(place[1], scraped, ended))
        scraper.start()
code = program.wait()
ended.set()
if scraper:
    scraper.join()
else:
    wrong.append("no address was told:\n" + "".join(told))


def total_of(message, name):
    return sum(
        point.as_double
        for resource in message.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
        if metric.name == name
        for point in metric.sum.data_points
    )


totals = [total_of(message, "watertight.requests") for message in pushed]
if scraped != sorted(scraped) or totals != sorted(totals):
    wrong.append(f"a counter went back: {scraped}, {totals}")
if not pushed:
    wrong.append("nothing was pushed")
print("\n".join(wrong) if wrong else json.dumps({"code": code, "scraped": scraped, "pushed": totals}))
sys.exit(bool(wrong))
