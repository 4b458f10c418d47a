// The load: autocannon at a constant rate, with every single failure written down.
//
//   node load.js '{"url": ..., "rate": ..., "connections": ..., "timeout": ..., "paths": [...], "failures": FILE}'
//
// Prints one JSON line a second, {"time", "requests", "failed"}, both counted from the start, until SIGTERM or SIGINT;
// requests in flight then get their answer first. A request has failed when its status is not 2xx, when its connection
// is refused, reset or closed without an answer, or when no answer comes in time.
"use strict";

const fs = require("node:fs");
const autocannon = require("autocannon");

const options = JSON.parse(process.argv[2]);
const failures = fs.openSync(options.failures, "w");
const count = { requests: 0, failed: 0 };
const clients = [];
let stopping = false;

function record(outcome) {
  count.requests += 1;
  if (outcome === null) return;
  count.failed += 1;
  fs.writeSync(failures, JSON.stringify({ time: Date.now() / 1000, ...outcome }) + "\n");
}

// autocannon reconnects without a word when a server closes a connection, even when a request was waiting on it: so
// what is outstanding is kept here, and a close with something outstanding is a failure.
function watch(client) {
  client.outstanding = 0;
  clients.push(client);
  const connect = client._connect.bind(client);
  const request = client._doRequest.bind(client);
  client._doRequest = () => {
    if (!stopping) request();
  };
  client._connect = () => {
    connect();
    client.conn.prependListener("end", () => {
      if (client.outstanding > 0) record({ error: "connection closed without an answer" });
      client.outstanding = 0;
    });
  };
  client.on("request", () => {
    client.outstanding += 1;
  });
  client.on("response", (status) => {
    client.outstanding -= 1;
    record(status >= 200 && status < 300 ? null : { status });
  });
  for (const event of ["connError", "timeout"]) {
    client.on(event, (error) => {
      client.outstanding = 0;
      record({ error: error ? error.code || error.message : "timeout" });
    });
  }
}

const load = autocannon(
  {
    url: options.url,
    connections: options.connections,
    overallRate: options.rate,
    timeout: options.timeout,
    requests: options.paths.map((path) => ({ path })),
    duration: 24 * 3600,
    setupClient: watch,
  },
  () => process.exit(0),
);

function tell() {
  process.stdout.write(JSON.stringify({ time: Date.now() / 1000, ...count }) + "\n");
}

const ticker = setInterval(tell, 1000);

function finish() {
  if (stopping) return;
  stopping = true;
  clearInterval(ticker);
  const poll = setInterval(() => {
    if (clients.some((client) => client.outstanding > 0)) return;
    clearInterval(poll);
    tell();
    load.stop();
  }, 20);
}

process.on("SIGTERM", finish);
process.on("SIGINT", finish);
