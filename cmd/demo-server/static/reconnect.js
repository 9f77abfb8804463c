"use strict";

// reconnecting keeps a WebSocket to this server open: when the connection ends it tries
// again, later each time, and soon when the network or the reader comes back. on has
//
//   path()              the path to connect to, each time
//   message(event)      for each message, which is JSON
//   status(text, open)  for the reader
//
// What it returns sends; its settled() says that the connection works, so that the next
// retry is a quick one again.
function reconnecting(on) {
  const firstDelay = 500; // milliseconds
  const maxDelay = 30000;
  const goingAway = 1001; // what a server says that shuts down
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
    const delay = limit * (0.5 + Math.random() / 2); // not all pages at once
    const why = event.code === goingAway ? "The server restarts" : "Offline";
    on.status(`${why}, next try in ${Math.ceil(delay / 1000)} s`, false);
    retry = setTimeout(connect, delay);
  }

  function reconnectNow() {
    if (socket.readyState === WebSocket.CLOSED) {
      connect();
    }
  }

  // A browser may keep a page that was left, connection and all, to come back to it.
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
    // send returns whether the message is on its way.
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
