"use strict";

// Entries that others sign appear without a reload.
const socket = new WebSocket(location.href.replace(/^http/, "ws") + "live");
socket.onmessage = event => {
  if (!event.data.startsWith("{")) return;
  const entry = JSON.parse(event.data);
  const item = document.createElement("li");
  item.textContent = entry.author + ": " + entry.text;
  document.querySelector("ol").append(item);
};
