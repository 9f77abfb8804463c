// A server for the client's judges: the npm package ws. It echoes; "leave" makes it close.
"use strict";
const WebSocket = require("ws");

const options = { host: "127.0.0.1", port: 0, handleProtocols: (offered) => (offered.has("second") ? "second" : false) };
for (const perMessageDeflate of [false, { threshold: 0 }]) {
  const server = new WebSocket.Server({ ...options, perMessageDeflate });
  server.on("listening", () => console.log(server.address().port));
  server.on("connection", (connection) => {
    connection.on("message", (data, binary) => {
      if (data.toString() === "leave") connection.close(4001, "server is done");
      else connection.send(data, { binary });
    });
  });
}
