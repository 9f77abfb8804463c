"use strict";

// reconnecting keeps a WebSocket to this server open. When the connection ends it reconnects
// with growing delays, and soon when the network or the user comes back. on has
//
//   path()              the path to connect to, each time
//   message(event)      for each message, which is JSON
//   status(text, open)  shows the state to the user
//
// The returned object has send(); call its settled() when the connection works, so that the
// next retry is quick again.
function reconnecting(on) {
  const firstDelay = 500; // milliseconds
  const maxDelay = 30000;
  const goingAway = 1001; // close code of a server that shuts down
  let socket = null;
  let failures = 0;
  let retry = 0; // the timer

  function connect() {
    clearTimeout(retry);
    on.status("Connecting…", false);
    const scheme = location.protocol === "https:" ? "wss://" : "ws://";
    socket = new WebSocket(scheme + location.host + on.path());
    socket.addEventListener("message", (event) => on.message(JSON.parse(event.data)));
    socket.addEventListener("close", reconnect);
  }

  function reconnect(event) {
    const limit = Math.min(maxDelay, firstDelay * 2 ** failures++);
    const delay = limit * (0.5 + Math.random() / 2); // so that not all pages reconnect at once
    const why = event.code === goingAway ? "The server restarts" : "Offline";
    on.status(`${why}, next try in ${Math.ceil(delay / 1000)} s`, false);
    retry = setTimeout(connect, delay);
  }

  function reconnectNow() {
    if (socket.readyState === WebSocket.CLOSED) {
      connect();
    }
  }

  // A browser may keep a page with its connection after the user has left it.
  addEventListener("pagehide", () => socket.close(1000));
  addEventListener("online", reconnectNow);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) {
      reconnectNow();
    }
  });
  connect();

  return {
    settled() {
      failures = 0;
      on.status("Connected", true);
    },
    // send returns whether the message was sent.
    send(message) {
      if (socket.readyState !== WebSocket.OPEN) {
        return false;
      }
      socket.send(JSON.stringify(message));
      return true;
    },
    cut() {
      socket.close();
    },
  };
}
