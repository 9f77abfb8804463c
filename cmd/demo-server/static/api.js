"use strict";

// Calls /api/notes with fetch, and shows each request with its response.

const byId = (id) => document.getElementById(id);

// call makes a request, shows it with its response, and returns the response as
// { ok, json }.
async function call(method, path, body) {
  const options = { method };
  if (body !== undefined) {
    options.headers = { "Content-Type": "application/json" };
    options.body = JSON.stringify(body);
  }
  let answer, text;
  try {
    answer = await fetch(path, options);
    text = await answer.text();
  } catch {
    tell("No response", false);
    return { ok: false, json: {} };
  }
  const json = text === "" ? null : JSON.parse(text);
  const lines = [`${method} ${path}`];
  if (options.body) {
    lines.push(JSON.stringify(body, null, 2));
  }
  lines.push("", `${answer.status} ${answer.statusText}`);
  if (answer.headers.has("Location")) {
    lines.push("Location: " + answer.headers.get("Location"));
  }
  if (json !== null) {
    lines.push(JSON.stringify(json, null, 2));
  }
  byId("request").textContent = `${method} ${path}`;
  byId("exchange").textContent = lines.join("\n");
  tell(`${answer.status} ${answer.statusText}`, answer.ok);
  return { ok: answer.ok, json };
}

function tell(text, good) {
  byId("status").textContent = text;
  byId("status").className = good ? "pill good" : "pill";
}

async function list() {
  const answer = await call("GET", "/api/notes");
  if (answer.ok) {
    byId("notes").replaceChildren(...answer.json.notes.map(item));
  }
}

function item(note) {
  const line = document.createElement("li");
  const words = document.createElement("div");
  const title = document.createElement("bdi");
  title.className = "from";
  title.textContent = note.title;
  const text = document.createElement("bdi");
  text.className = "quiet";
  text.textContent = note.text;
  words.append(title, " ", text);
  const remove = document.createElement("button");
  remove.type = "button";
  remove.textContent = "Delete";
  remove.setAttribute("aria-label", "Delete " + note.title);
  remove.addEventListener("click", async () => {
    await call("DELETE", "/api/notes/" + note.id);
    line.remove();
  });
  line.append(words, remove);
  return line;
}

function complain(fields) {
  for (const name of ["title", "text"]) {
    byId(name + "-error").textContent = fields[name] || "";
    byId(name + "-error").hidden = !fields[name];
  }
}

byId("make").addEventListener("submit", async (event) => {
  event.preventDefault();
  const answer = await call("POST", "/api/notes", { title: byId("title").value, text: byId("text").value });
  complain(answer.json.error?.fields || {});
  if (answer.ok) {
    byId("notes").append(item(answer.json));
    byId("make").reset();
    byId("title").focus();
  }
});

byId("missing").addEventListener("click", () => call("GET", "/api/notes/999999"));

list();
