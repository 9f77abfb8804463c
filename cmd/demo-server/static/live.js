"use strict";

// Draws the server's samples. Counters arrive as totals; this script computes the rates from
// one sample to the next.

const width = 600; // of a chart, in SVG units
const height = 150;
const byId = (id) => document.getElementById(id);
const keep = Number(byId("charts").dataset.samples);
const span = (keep - 1) * 1000; // milliseconds that a chart shows
let samples = [];

// A line of a chart is a name and its value for a sample and the one before it.
const perSecond = (field) => (now, before) => (now[field] - before[field]) * 1000 / (now.at - before.at);
const charts = [
  { title: "Requests a second", least: 10, lines: [["Requests", perSecond("requests")]] },
  { title: "Open connections", least: 10, lines: [["HTTP", (now) => now.http], ["WebSocket", (now) => now.websockets]] },
  { title: "Heap in MiB", least: 4, lines: [["Heap", (now) => now.heap / 2 ** 20]] },
  { title: "Turns of the loops a second", least: 10, lines: [["Turns", perSecond("turns")]] },
];

for (const chart of charts) {
  const part = byId("chart").content.cloneNode(true);
  const find = (selector) => part.querySelector(selector);
  find("h2").textContent = chart.title;
  Object.assign(chart, { now: find(".now"), top: find(".top-label"), svg: find("svg") });
  chart.parts = chart.lines.map(([name, value], i) => {
    const number = document.createElement("span");
    number.className = "figure line" + i;
    chart.now.append(number, chart.lines.length > 1 ? ` ${name} ` : "");
    return { name, value, number, area: draw(chart, "area line" + i), stroke: draw(chart, "line line" + i) };
  });
  byId("charts").append(part);
}

function draw(chart, name) {
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("class", name);
  chart.svg.append(path);
  return path;
}

function show() {
  const end = samples.at(-1).at;
  for (const chart of charts) {
    // A counter that shrinks means that the server has restarted.
    const values = chart.parts.map(({ value }) => samples.slice(1).map((now, i) => Math.max(0, value(now, samples[i]))));
    const top = round(Math.max(chart.least, ...values.flat()));
    chart.top.textContent = top.toLocaleString("en");
    chart.parts.forEach((part, i) => {
      const points = values[i].map((v, at) => {
        const x = width - (end - samples[at + 1].at) / span * width;
        return `${x.toFixed(1)} ${(height - 1 - v / top * (height - 2)).toFixed(1)}`;
      });
      if (points.length === 0) {
        return;
      }
      part.stroke.setAttribute("d", "M" + points.join("L"));
      part.area.setAttribute("d", `M${points[0].split(" ")[0]} ${height}L${points.join("L")}L${width} ${height}Z`);
      const last = values[i].at(-1);
      part.number.textContent = last.toLocaleString("en", { maximumFractionDigits: last < 10 ? 1 : 0 });
    });
    chart.svg.setAttribute("aria-label", `${chart.title}: ${chart.now.textContent.trim()} now, up to ${top} in the chart`);
  }
}

// round returns the next round number: 1, 2 or 5 followed by zeros.
function round(v) {
  const power = 10 ** Math.floor(Math.log10(v));
  return [1, 2, 5, 10].find((n) => n * power >= v) * power;
}

const link = reconnecting({
  path: () => "/ws/live",
  message(event) {
    link.settled();
    const last = samples.at(-1)?.at ?? 0; // a new connection sends known samples again
    samples.push(...event.samples.filter((s) => s.at > last));
    samples = samples.filter((s) => s.at >= (samples.at(-1).at - span));
    if (samples.length > 1) {
      show();
    }
  },
  status(text, open) {
    byId("status").textContent = text;
    byId("status").classList.toggle("good", open);
  },
});

// Load for the charts.

byId("requests").addEventListener("click", async () => {
  byId("requests").disabled = true;
  for (let i = 0; i < 500; i += 10) {
    await Promise.allSettled(Array.from({ length: 10 }, () => fetch("/hello", { cache: "no-store" })));
  }
  byId("requests").disabled = false;
});

let opened = [];

byId("sockets").addEventListener("click", () => {
  for (let i = 0; i < 20; i++) {
    opened.push(new WebSocket(location.origin.replace("http", "ws") + "/ws/echo"));
  }
  byId("close").disabled = false;
});

byId("close").addEventListener("click", () => {
  opened.forEach((socket) => socket.close(1000));
  opened = [];
  byId("close").disabled = true;
});

addEventListener("pagehide", () => byId("close").click());
