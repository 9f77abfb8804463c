"use strict";

const inbox = document.getElementById("inbox");
const form = document.getElementById("messageform");
const notice = document.getElementById("status");
const sleep = ms => new Promise(done => setTimeout(done, ms));

// post sends a form with the XSRF token and returns the decoded response.
async function post(url, fields) {
  const token = document.cookie.match(/\b_xsrf=([^;]*)/)?.[1] ?? "";
  const response = await fetch(url, { method: "POST", body: new URLSearchParams({ ...fields, _xsrf: token }) });
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
  return response.json();
}

// show adds a message. Its sender gets it twice: as the response to its post, and from the poll.
function show(message) {
  if (document.getElementById("m" + message.id)) return;
  inbox.insertAdjacentHTML("beforeend", message.html);
  inbox.scrollTop = inbox.scrollHeight;
}

// poll asks for the messages after the last one that it has got, without an end.
async function poll() {
  let cursor = inbox.lastElementChild?.id.slice(1) ?? "";
  for (let pause = 500; ; ) {
    try {
      const { messages } = await post("/a/message/updates", { cursor });
      messages.forEach(show);
      cursor = messages.at(-1).id;
      notice.textContent = "";
      pause = 500;
    } catch (error) {
      pause = Math.min(2 * pause, 30000);
      notice.textContent = `No connection: ${error.message}. Next attempt in ${pause / 1000} s.`;
      await sleep(pause);
    }
  }
}

form.addEventListener("submit", async event => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    show(await post(form.action, { body: form.body.value }));
    form.body.value = "";
  } catch (error) {
    notice.textContent = `Not sent: ${error.message}. Please try again.`;
  }
  button.disabled = false;
  form.body.focus();
});

inbox.scrollTop = inbox.scrollHeight;
poll();
