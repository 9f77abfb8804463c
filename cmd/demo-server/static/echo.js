"use strict";

// Sends the typed text and shows the echo with its round-trip time. Echoes come in the order
// of the messages, so each belongs to the oldest message that waits.

const maxLines = 200;
const byId = (id) => document.getElementById(id);
const statusPill = byId("status");
const log = byId("log");
const waiting = []; // when each message was sent

let socket = null;
let count = 0;
let total = 0; // milliseconds

function connect() {
  const scheme = location.protocol === "https:" ? "wss://" : "ws://";
  socket = new WebSocket(scheme + location.host + "/ws/echo");
  socket.addEventListener("open", () => show("Connected", true));
  socket.addEventListener("message", received);
  socket.addEventListener("close", (event) => {
    waiting.length = 0;
    show("Closed with code " + event.code, false);
  });
}

function show(text, open) {
  statusPill.textContent = text;
  statusPill.classList.toggle("good", open);
  byId("toggle").textContent = open ? "Disconnect" : "Connect";
  document.querySelector("#form button").disabled = !open;
  byId("burst").disabled = !open;
}

function send(text) {
  waiting.push(performance.now());
  socket.send(text);
}

function received(event) {
  const took = performance.now() - waiting.shift();
  count++;
  total += took;
  const line = document.createElement("li");
  const time = document.createElement("span");
  time.className = "took";
  time.textContent = took.toFixed(1) + " ms";
  const text = document.createElement("span");
  text.dir = "auto";
  text.textContent = event.data;
  line.append(time, text);
  log.prepend(line);
  while (log.children.length > maxLines) {
    log.lastElementChild.remove();
  }
  byId("summary").textContent = `${count} echoed, ${(total / count).toFixed(1)} ms on average`;
}

byId("form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (socket.readyState === WebSocket.OPEN) {
    send(byId("text").value);
    byId("text").select();
  }
});

byId("burst").addEventListener("click", () => {
  for (let i = 1; i <= 100; i++) {
    send(`${byId("text").value} (${i})`);
  }
});

byId("toggle").addEventListener("click", () => {
  if (socket.readyState === WebSocket.OPEN) {
    socket.close(1000);
  } else if (socket.readyState === WebSocket.CLOSED) {
    show("Connecting…", false);
    connect();
  }
});

// A browser may keep a page with its connection after the user has left it.
addEventListener("pagehide", () => socket.close(1000));

show("Connecting…", false);
connect();
