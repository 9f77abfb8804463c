"use strict";

const inbox = document.getElementById("inbox");
const form = document.getElementById("messageform");
const button = form.querySelector("button");
const notice = document.getElementById("status");

let socket;
let pause = 500; // milliseconds before the next attempt to connect

// show adds a message, unless the page has it already.
function show(id, html) {
  if (document.getElementById("m" + id)) return;
  inbox.insertAdjacentHTML("beforeend", html);
  inbox.scrollTop = inbox.scrollHeight;
}

// catchUp adds the messages that were sent while the page had no connection.
async function catchUp() {
  const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
  for (const message of page.querySelectorAll(".message")) show(message.id.slice(1), message.outerHTML);
}

// connect opens the socket, and opens another one when it closes.
function connect() {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  socket = new WebSocket(`${scheme}//${location.host}/chatsocket`);
  socket.onopen = () => {
    if (notice.textContent.startsWith("No connection")) catchUp();
    notice.textContent = "";
    button.disabled = false;
    pause = 500;
  };
  socket.onmessage = event => {
    const { id, html } = JSON.parse(event.data);
    show(id, html);
  };
  socket.onclose = () => {
    button.disabled = true;
    pause = Math.min(2 * pause, 30000);
    notice.textContent = `No connection. Next attempt in ${pause / 1000} s.`;
    setTimeout(connect, pause);
  };
}

form.addEventListener("submit", event => {
  event.preventDefault();
  socket.send(JSON.stringify({ body: form.body.value }));
  form.body.value = "";
});

inbox.scrollTop = inbox.scrollHeight;
connect();
