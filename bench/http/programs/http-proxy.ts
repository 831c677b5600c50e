import { Agent, createServer, ServerResponse } from "node:http";
import httpProxy from "http-proxy";
import { proxyArguments } from "./proxy-arguments.ts";
import { serverOf } from "./server-of.ts";

// http-proxy as a careful user sets it up: connections to the servers are kept, errors are answered.

const { port, servers } = proxyArguments(process.argv.slice(2));
const targets = servers.map((server) => ({ target: `http://127.0.0.1:${server}` }));
const agent = new Agent({ keepAlive: true, maxFreeSockets: 1024 });
const proxy = httpProxy.createProxyServer({ agent, xfwd: true });

proxy.on("error", (_error, _request, answer) => {
  if (!(answer instanceof ServerResponse)) answer.destroy();
  else if (answer.headersSent) answer.destroy();
  else answer.writeHead(502).end();
});

const server = createServer((request, response) => {
  proxy.web(request, response, targets[serverOf(request, targets.length)]!);
});
server.on("upgrade", (request, socket, head) => {
  proxy.ws(request, socket, head, targets[serverOf(request, targets.length)]!);
});
server.keepAliveTimeout = 60_000;
server.listen({ port, host: "127.0.0.1", backlog: 1024 });
