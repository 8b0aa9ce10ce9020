"use strict";
// The page is whole without this: it adds copying, sorting, downloading and printing.
for (const button of document.querySelectorAll("button[hidden]")) button.hidden = false;

for (const button of document.querySelectorAll("button.copy")) {
  button.addEventListener("click", async () => {
    const pre = button.parentElement.querySelector("pre");
    try {
      await navigator.clipboard.writeText(pre.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(pre);
      button.textContent = "Press Ctrl+C";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
}

const download = document.getElementById("download");
if (download) {
  download.addEventListener("click", () => {
    const text = document.getElementById("result").textContent;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    link.download = "result.json";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
}

// What is sorted, searched and zoomed stands in the address, so that a link leads to the same view:
// #probes?probes.search=cache&probes.sort=-3
const address = location.hash.slice(1).split("?");
let anchor = address[0];
const view = new URLSearchParams(address[1] ?? "");

function remember(key, value) {
  if (value) view.set(key, value); else view.delete(key);
  history.replaceState(null, "", "#" + anchor + (view.size ? "?" + view : ""));
}

for (const link of document.querySelectorAll('a[href^="#"]')) {
  link.addEventListener("click", () => {
    // After the browser has gone there.
    setTimeout(() => { anchor = link.hash.slice(1); remember("", ""); });
  });
}

const collator = new Intl.Collator("en", { numeric: true });

function sortBy(table, column, descending) {
  const body = table.tBodies[0];
  const key = (row) => {
    const cell = row.cells[column];
    return "sort" in cell.dataset ? Number(cell.dataset.sort) : cell.textContent.trim();
  };
  const keyed = [...body.rows].map((row) => [key(row), row]);
  const order = ([a], [b]) => (typeof a === "number" ? a - b : collator.compare(a, b));
  keyed.sort((a, b) => (descending ? order(b, a) : order(a, b)));
  body.append(...keyed.map(([, row]) => row));
}

function makeSortable(table, name) {
  const heads = [...table.tHead.rows[0].cells];
  const apply = (column, descending) => {
    for (const other of heads) other.removeAttribute("aria-sort");
    heads[column].setAttribute("aria-sort", descending ? "descending" : "ascending");
    sortBy(table, column, descending);
  };
  heads.forEach((head, column) => {
    if (!head.textContent.trim()) return;
    const button = document.createElement("button");
    button.className = "sort";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const descending = head.getAttribute("aria-sort") === "ascending";
      apply(column, descending);
      remember(name + ".sort", (descending ? "-" : "") + (column + 1));
    });
  });
  const kept = Number(view.get(name + ".sort"));
  if (heads[Math.abs(kept) - 1]) apply(Math.abs(kept) - 1, kept < 0);
}

// A search field in the section's header, which leaves those of `items` that hold every word.
function makeSearchable(section, items) {
  const input = document.createElement("input");
  input.type = "search";
  input.className = "search";
  input.placeholder = "Search";
  input.setAttribute("aria-label", "Search " + section.querySelector("h2").textContent);
  const count = document.createElement("span");
  count.className = "search-count";
  count.setAttribute("role", "status");
  section.querySelector("header").append(input, count);
  const texts = items.map((item) => item.textContent.toLowerCase());
  const apply = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let left = 0;
    items.forEach((item, i) => {
      item.hidden = !words.every((word) => texts[i].includes(word));
      if (!item.hidden) ++left;
    });
    count.textContent = words.length ? left + " of " + items.length : "";
  };
  input.addEventListener("input", () => {
    apply();
    remember(section.id + ".search", input.value.trim());
  });
  input.value = view.get(section.id + ".search") ?? "";
  if (input.value) apply();
}

const searchableFrom = 6;
for (const section of document.querySelectorAll("section[id]")) {
  const tables = [...section.querySelectorAll("table.sortable")];
  for (const table of tables) makeSortable(table, section.id);
  const rows = tables.flatMap((table) => [...table.tBodies[0].rows]);
  const items = rows.length ? rows : [...section.querySelectorAll("article.finding")];
  if (items.length >= searchableFrom) makeSearchable(section, items);
}

// Charts over time: one cursor and one range for all of them.
const charts = [...document.querySelectorAll("svg.time")].map((svg) => {
  const [left, width, from, to] = svg.dataset.frame.split(" ").map(Number);
  const pane = svg.querySelector("svg.pane");
  const height = pane.viewBox.baseVal.height;
  const texts = [...svg.querySelectorAll("text.at")].map((text) => ({
    text, at: from + ((text.getAttribute("x") - left) / width) * (to - from),
  }));
  return { svg, pane, left, width, from, to, height, texts };
});

let series;
let range = null;
let cursor = -1;

function points() {
  series ??= JSON.parse(document.getElementById("result").textContent).series ?? [];
  return series;
}

const rangeOf = (chart) => range ?? [chart.from, chart.to];

function shape(kind, css, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", kind);
  made.setAttribute("class", css);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function clockText(seconds) {
  if (seconds < 120) return seconds + " s";
  return Math.floor(seconds / 60) + ":" + String(seconds % 60).padStart(2, "0") + " min";
}

function drawTicks(chart, from, to) {
  for (const made of chart.svg.querySelectorAll(".tick.made")) made.remove();
  for (const tick of chart.svg.querySelectorAll(".tick")) tick.style.display = range ? "none" : "";
  if (!range) return;
  const steps = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200];
  const step = steps.find((s) => (to - from) / s <= 8) ?? 14400;
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
    const x = chart.left + ((at - from) / (to - from)) * chart.width;
    const tick = shape("text", "tick made", { x, y: chart.height + 18, "text-anchor": "middle" });
    tick.textContent = clockText(at);
    chart.svg.append(tick);
  }
}

function zoom(to) {
  range = to;
  for (const chart of charts) {
    const [a, b] = rangeOf(chart);
    const scale = chart.width / (chart.to - chart.from);
    const x = chart.left + (a - chart.from) * scale;
    chart.pane.setAttribute("viewBox", `${x} 0 ${(b - a) * scale} ${chart.height}`);
    for (const { text, at } of chart.texts) {
      text.setAttribute("x", chart.left + ((at - a) / (b - a)) * chart.width);
      text.style.display = at < a || at > b ? "none" : "";
    }
    drawTicks(chart, a, b);
  }
  point(cursor);
  remember("latency.zoom", range ? range.map((s) => s.toFixed(1)).join("-") : "");
}

function milliseconds(us) {
  return (us / 1000).toPrecision(3) + " ms";
}

function point(index) {
  for (const old of document.querySelectorAll("svg .cursor")) old.remove();
  const s = points()[index];
  cursor = s ? index : -1;
  readout.textContent = s
    ? `${clockText(s.at_s)}: p50 ${milliseconds(s.p50_us)}, p95 ${milliseconds(s.p95_us)}, ` +
      `p99 ${milliseconds(s.p99_us)}; ${s.ok} answered, ${s.failed} failed`
    : range
      ? "Double-click or Escape shows the whole run."
      : "Point at a second for its figures; drag to zoom.";
  if (!s) return;
  for (const chart of charts) {
    const [a, b] = rangeOf(chart);
    if (s.at_s < a || s.at_s > b) continue;
    const x = chart.left + ((s.at_s - a) / (b - a)) * chart.width;
    chart.svg.append(shape("line", "cursor", { x1: x, x2: x, y1: 0, y2: chart.height }));
  }
}

function secondAt(chart, event) {
  const matrix = chart.svg.getScreenCTM().inverse();
  const x = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix).x;
  const [a, b] = rangeOf(chart);
  return Math.min(b, Math.max(a, a + ((x - chart.left) / chart.width) * (b - a)));
}

function nearest(second) {
  let best = -1;
  points().forEach((s, i) => {
    const off = Math.abs(s.at_s - second);
    if (best < 0 || off < Math.abs(points()[best].at_s - second)) best = i;
  });
  return best;
}

function drawRange(chart, from, to) {
  chart.svg.querySelector(".range")?.remove();
  if (from === to) return;
  const [a, b] = rangeOf(chart);
  const x = (second) => chart.left + ((second - a) / (b - a)) * chart.width;
  const [low, high] = [Math.min(from, to), Math.max(from, to)];
  chart.svg.append(
    shape("rect", "range", { x: x(low), y: 0, width: x(high) - x(low), height: chart.height }),
  );
}

function zoomAround(chart, factor) {
  const [a, b] = rangeOf(chart);
  const middle = points()[cursor]?.at_s ?? (a + b) / 2;
  const half = Math.max(1, ((b - a) * factor) / 2);
  const low = Math.max(chart.from, middle - half);
  const high = Math.min(chart.to, middle + half);
  zoom(low <= chart.from && high >= chart.to ? null : [low, high]);
}

const readout = document.createElement("p");
for (const chart of charts) {
  let begun = null;
  chart.svg.tabIndex = 0;
  chart.svg.addEventListener("pointermove", (event) => {
    const second = secondAt(chart, event);
    point(nearest(second));
    if (begun !== null) drawRange(chart, begun, second);
  });
  chart.svg.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse" || event.button !== 0) return;
    begun = secondAt(chart, event);
    chart.svg.setPointerCapture(event.pointerId);
  });
  chart.svg.addEventListener("pointerup", (event) => {
    if (begun === null) return;
    const ends = [begun, secondAt(chart, event)].sort((a, b) => a - b);
    begun = null;
    drawRange(chart, 0, 0);
    if (ends[1] - ends[0] >= 1) zoom(ends);
  });
  chart.svg.addEventListener("dblclick", () => zoom(null));
  chart.svg.addEventListener("pointerleave", () => { if (begun === null) point(-1); });
  chart.svg.addEventListener("keydown", (event) => {
    const last = points().length - 1;
    if (event.key === "ArrowLeft") point(Math.max(0, cursor - 1));
    else if (event.key === "ArrowRight") point(Math.min(last, cursor + 1));
    else if (event.key === "+") zoomAround(chart, 0.5);
    else if (event.key === "-") zoomAround(chart, 2);
    else if (event.key === "Escape") zoom(null);
    else return;
    event.preventDefault();
  });
}
if (charts.length) {
  readout.className = "readout";
  readout.setAttribute("aria-live", "polite");
  charts[0].svg.closest(".card").append(readout);
  const kept = (view.get("latency.zoom") ?? "").split("-").map(Number);
  const fits = kept.length === 2 && kept[1] - kept[0] >= 1;
  if (fits) zoom(kept); else point(-1);
}
// With a view in it, the address is nothing that the browser finds by itself.
if (address[1] !== undefined) document.getElementById(anchor)?.scrollIntoView();

addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});
