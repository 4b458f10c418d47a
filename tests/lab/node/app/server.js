// The application on the lab's instances: an ordinary small web server, with the manners of one.
"use strict";

const fs = require("node:fs");
const http = require("node:http");
const os = require("node:os");

const DEPENDENCY = "steady-greeting";
require(DEPENDENCY); // an application that cannot load its dependency does not start
const { version } = require(`${DEPENDENCY}/package.json`);

const number = (name, otherwise) => (process.env[name] === undefined ? otherwise : Number(process.env[name]));
const port = number("PORT", 443);
const latency = number("APP_LATENCY_MS", 10);
const slowLatency = number("APP_SLOW_MS", 1000);
const slowShare = number("APP_SLOW_SHARE", 0.01);
const shutdownGrace = number("APP_SHUTDOWN_GRACE_MS", 1500);
const startDelay = number("APP_START_MS", 300);
const instance = process.env.INSTANCE_ID || readLine("/etc/steadylab/instance-id") || os.hostname();
// Looked at once: the switch decides how the application comes back from its next start.
const broken = fs.existsSync(process.env.APP_BROKEN_FILE || "/var/lib/shop/app-broken");

const greeting = `${DEPENDENCY} ${version} says hello from ${instance}`;

function readLine(file) {
  return fs.existsSync(file) ? fs.readFileSync(file, "utf8").trim() : "";
}

function send(response, status, type, body) {
  response.writeHead(status, { "Content-Type": type, "Content-Length": Buffer.byteLength(body), "X-Instance": instance });
  response.end(body);
}

const json = (response, status, value) => send(response, status, "application/json", `${JSON.stringify(value)}\n`);

function health(response) {
  const state = { status: broken ? "broken" : "ok", instance, dependency: { name: DEPENDENCY, version } };
  json(response, broken ? 500 : 200, state);
}

function answer(request, response) {
  const path = request.url.split("?")[0];
  if (broken) {
    json(response, 500, { error: "the application is broken", instance });
  } else if (path === "/") {
    send(response, 200, "text/html", `<!doctype html><title>shop</title><p>${greeting}</p>\n`);
  } else if (path.startsWith("/api/")) {
    json(response, 200, { path, instance, greeting });
  } else {
    json(response, 404, { error: "not found", path, instance });
  }
}

const server = http.createServer((request, response) => {
  request.resume();
  if (request.url.split("?")[0] === "/health-check") {
    health(response);
    return;
  }
  setTimeout(answer, Math.random() < slowShare ? slowLatency : latency, request, response);
});
// Longer than the load balancer's idle timeout, as AWS advises: else the balancer may use a connection being closed.
server.keepAliveTimeout = 65_000;
server.headersTimeout = 66_000;

function shutDown() {
  server.close(() => process.exit(0));
  setTimeout(() => process.exit(0), shutdownGrace).unref();
}

process.on("SIGINT", shutDown);
process.on("SIGTERM", shutDown);
setTimeout(() => server.listen(port, "0.0.0.0"), startDelay);
