"use strict";

// Reads two responses as they arrive: a slow one and a long one.

const byId = (id) => document.getElementById(id);
const log = byId("log");
const newline = 10; // in UTF-8
let slow = false;
let stop = null; // ends the request for rows
let shown = 0; // rows

function tell(text, good) {
  byId("status").textContent = text;
  byId("status").className = good ? "pill good" : "pill";
}

// parts yields the response body in pieces.
async function* parts(path, signal) {
  const answer = await fetch(path, { signal });
  const reader = answer.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      return;
    }
    yield value;
  }
}

byId("countdown").addEventListener("click", async () => {
  const button = byId("countdown");
  button.disabled = true;
  log.replaceChildren();
  const start = performance.now();
  const decoder = new TextDecoder();
  tell("Counting", true);
  try {
    for await (const bytes of parts(button.dataset.path)) {
      for (const text of decoder.decode(bytes, { stream: true }).trim().split("\n")) {
        addLine(text, ((performance.now() - start) / 1000).toFixed(1) + " s");
      }
    }
    tell("Counted", true);
  } catch {
    tell("The response was cut off", false);
  }
  button.disabled = false;
});

function addLine(text, after) {
  const line = document.createElement("li");
  const time = document.createElement("span");
  time.className = "took";
  time.textContent = after;
  line.append(time, text);
  log.append(line);
  log.scrollTop = log.scrollHeight;
}

byId("rows").addEventListener("click", async () => {
  stop = new AbortController();
  byId("rows").disabled = true;
  byId("stop").disabled = false;
  shown = -1; // the header line does not count
  tell("Fetching", true);
  try {
    let tail = "";
    const decoder = new TextDecoder();
    for await (const bytes of parts(byId("rows").dataset.path, stop.signal)) {
      for (const byte of bytes) {
        shown += byte === newline;
      }
      tail = (tail + decoder.decode(bytes.subarray(-64))).slice(-64);
      show(tail);
      if (slow) {
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
    }
    tell("Complete", true);
  } catch {
    tell(stop.signal.aborted ? "Stopped" : "The response was cut off", false);
  }
  byId("rows").disabled = false;
  byId("stop").disabled = true;
});

function show(tail) {
  byId("received").textContent = Math.max(0, shown).toLocaleString("en");
  byId("last").textContent = tail.split("\n").at(-2) || "none";
}

byId("stop").addEventListener("click", () => stop.abort());
byId("slow").addEventListener("click", () => {
  slow = !slow;
  byId("slow").setAttribute("aria-pressed", slow);
});
addEventListener("pagehide", () => stop?.abort());
