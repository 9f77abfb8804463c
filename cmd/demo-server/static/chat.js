"use strict";

// One room of the chat. All text is inserted with textContent. After a lost connection the
// page reconnects under its name and gets the history. Each message has a unique time, and
// messages up to lastSeen are already shown.

const maxLines = 500;

const byId = (id) => document.getElementById(id);
const room = byId("chat").dataset.room;
const statusPill = byId("status");
const log = byId("log");
const composer = byId("text");
const nameField = byId("name");

let you = "";
let wanted = preferredName(); // the wanted name, used if it is free
let lastSeen = 0;
let lastSent = ""; // not confirmed yet; restored to the composer if it fails
let online = new Set();

function receive(event) {
  switch (event.type) {
    case "welcome":
      you = event.you;
      wanted = wanted || you;
      nameField.value = you;
      online = new Set(event.online);
      link.settled();
      event.history.filter((said) => said.at > lastSeen).forEach(addMessage);
      giveBack();
      break;
    case "message":
      if (event.name === you) {
        complain("");
      }
      addMessage(event);
      break;
    case "join":
      online.add(event.name);
      addLine("event", event.at, null, event.name + " joined");
      break;
    case "leave":
      online.delete(event.name);
      addLine("event", event.at, null, event.name + " left");
      break;
    case "name":
      online.delete(event.name);
      online.add(event.to);
      if (event.name === you) {
        you = wanted = event.to;
        preferName(you);
        nameField.value = you;
        complain("");
      }
      addLine("event", event.at, null, `${event.name} is now ${event.to}`);
      break;
    case "error":
      complain(event.error);
      giveBack();
      break;
  }
  showOnline();
}

// giveBack restores an unsent text to the composer, unless that has new text.
function giveBack() {
  composer.value = composer.value || lastSent;
  lastSent = "";
}

function addMessage(said) {
  lastSeen = said.at;
  if (said.text === lastSent.trim()) {
    lastSent = "";
  }
  addLine(said.name === you ? "mine" : "theirs", said.at, said.name, said.text);
}

function addLine(kind, at, name, text) {
  const follow = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  const line = document.createElement("li");
  line.className = kind;
  const date = new Date(at / 1000);
  const time = document.createElement("time");
  time.dateTime = date.toISOString();
  time.textContent = date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  line.append(time);
  if (name !== null) {
    const from = document.createElement("bdi");
    from.className = "from";
    from.textContent = name;
    line.append(from);
  }
  const words = document.createElement("bdi");
  words.className = "words";
  words.textContent = text;
  line.append(words);
  log.append(line);
  while (log.children.length > maxLines) {
    log.firstElementChild.remove();
  }
  if (follow) {
    log.scrollTop = log.scrollHeight;
  }
}

function showOnline() {
  const names = [...online].sort((a, b) => a.localeCompare(b));
  byId("count").textContent = names.length;
  byId("online").replaceChildren(...names.map((name) => {
    const item = document.createElement("li");
    item.dir = "auto";
    item.textContent = name;
    if (name === you) {
      item.className = "mine";
      item.textContent += " (you)";
    }
    return item;
  }));
}

function show(text, open) {
  statusPill.textContent = text;
  statusPill.classList.toggle("good", open);
  if (!open) {
    online.clear();
    showOnline();
  }
}

function complain(text) {
  byId("error").textContent = text;
  byId("error").hidden = text === "";
}

// send returns whether the message was sent; otherwise it stays in its field.
function send(message) {
  const sent = link.send(message);
  if (!sent) {
    complain("Not connected yet. Your text is kept.");
  }
  return sent;
}

// The chosen name is stored for the next visit, if the browser allows it.
function preferredName() {
  try {
    return localStorage.getItem("name") || "";
  } catch {
    return "";
  }
}

function preferName(name) {
  try {
    localStorage.setItem("name", name);
  } catch {
    // then it lasts as long as the page
  }
}

byId("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  if (send({ type: "say", text: composer.value })) {
    lastSent = composer.value;
    composer.value = "";
  }
  composer.focus();
});

byId("rename").addEventListener("submit", (event) => {
  event.preventDefault();
  send({ type: "name", name: nameField.value });
});

byId("go").addEventListener("submit", (event) => {
  event.preventDefault();
  location.assign("/chat/" + byId("room").value);
});

const link = reconnecting({
  path: () => "/ws/chat/" + room + "?name=" + encodeURIComponent(wanted),
  message: receive,
  status: show,
});
composer.focus();
