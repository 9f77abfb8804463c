"use strict";

// Sends files with XMLHttpRequest, which reports the progress of an upload (fetch does not),
// and compares the received files with the local ones.

const maxDigest = 64 * 1024 * 1024; // largest file that the browser hashes, since it needs the whole file in memory

const byId = (id) => document.getElementById(id);
const form = byId("form");
let request = null;

function tell(text, good) {
  byId("status").textContent = text;
  byId("status").className = good ? "pill good" : "pill";
}

function complain(text) {
  byId("error").textContent = text;
  byId("error").hidden = text === "";
  if (text !== "") {
    tell("Not sent", false);
  }
}

function size(bytes) {
  const units = ["bytes", "KiB", "MiB", "GiB"];
  let unit = 0;
  for (; bytes >= 1024 && unit < units.length - 1; unit++) {
    bytes /= 1024;
  }
  return `${bytes.toFixed(unit === 0 ? 0 : 1)} ${units[unit]}`;
}

async function digest(file) {
  if (file.size > maxDigest || !globalThis.crypto?.subtle) {
    return null; // crypto.subtle exists only for https and localhost
  }
  const sum = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return [...new Uint8Array(sum)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function send(files) {
  const start = performance.now();
  const data = new FormData();
  files.forEach((file) => data.append("file", file));
  request = new XMLHttpRequest();
  request.open("POST", "/upload");
  request.setRequestHeader("X-XSRFToken", form.dataset.token);
  request.responseType = "json";
  request.upload.addEventListener("progress", (event) => {
    byId("progress").value = event.total > 0 ? event.loaded / event.total : 0;
    const seconds = (performance.now() - start) / 1000;
    byId("detail").textContent = `${size(event.loaded)} of ${size(event.total)}, ${size(event.loaded / seconds)} a second`;
  });
  request.addEventListener("load", () => done(files));
  request.addEventListener("error", () => complain("The connection was cut off."));
  request.addEventListener("abort", () => complain("Cancelled."));
  request.addEventListener("loadend", () => busy(false));
  busy(true);
  tell("Sending", true);
  request.send(data);
}

function busy(on) {
  byId("send").disabled = on;
  byId("cancel").disabled = !on;
}

async function done(files) {
  if (request.status !== 200) {
    complain(`The server said ${request.status} ${request.statusText}.`);
    return;
  }
  byId("progress").value = 1;
  const got = request.response.files;
  const rows = await Promise.all(got.map(async (file, i) => row(file, await digest(files[i]))));
  byId("table").replaceChildren(...rows);
  tell("Sent", true);
}

function row(file, here) {
  const line = document.createElement("tr");
  const same = here === null ? "not compared" : here === file.sha256 ? "yes" : "NO";
  for (const [text, name] of [[file.name, ""], [file.type, ""], [file.size.toLocaleString("en"), "number"], [file.sha256, "digest"], [same, ""]]) {
    const cell = document.createElement("td");
    cell.className = name;
    cell.textContent = text;
    line.append(cell);
  }
  return line;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  complain("");
  const files = [...byId("files").files];
  const total = files.reduce((sum, file) => sum + file.size, 0);
  if (total > Number(form.dataset.most)) {
    complain(`That is ${size(total)}; the server takes ${size(Number(form.dataset.most))}.`);
  } else if (files.length > Number(form.dataset.maxFiles)) {
    complain(`That is ${files.length} files; the server takes ${form.dataset.maxFiles}.`);
  } else {
    send(files);
  }
});

byId("cancel").addEventListener("click", () => request.abort());
