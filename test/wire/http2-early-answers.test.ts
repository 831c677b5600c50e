/** Servers of HTTP/2 that have answered before they have read the request. */
import t from "tap";
import { code, startHttp2Chain, status } from "../support/http2-plane.ts";

/** More than the windows let pass, so that a part of it is on its way when the answer comes. */
const upload = Buffer.alloc(200_000, "x");

t.test("an upload that an early answer leaves unfinished is cancelled, and nothing else", async (t) => {
  const codes: number[] = [];
  const { client, plane } = await startHttp2Chain(t, (stream) => {
    stream.on("close", () => codes.push(stream.rstCode ?? 0));
    stream.resume();
    stream.respond({ ":status": 413 });
    stream.end("too large");
  });
  // Of no length that is told, so that trailers may follow it: node:http2 has aborted the process for these.
  for (let round = 0; round < 50; round++) {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => client.ask({ ":path": "/", ":method": "POST" }, upload)),
    );
    t.same(new Set(answers.map(status)), new Set(["413"]));
  }
  t.same(
    codes.filter((each) => each !== code.none && each !== code.cancel),
    [],
  );
  t.equal(plane.serverCount("connects"), 1, "the connection lives on");
});

t.test("a server that answers wrongly before it has read an upload takes nothing else with it", async (t) => {
  const { client } = await startHttp2Chain(t, (stream) => {
    stream.resume();
    stream.respond({ ":status": 200, "content-length": "1" });
    stream.end("more than announced");
  });
  for (let round = 0; round < 50; round++) {
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        client.ask({ ":path": "/", ":method": "POST" }, upload.subarray(0, 1 + (round * 8 + i) * 250)),
      ),
    );
    t.same(
      answers.filter(({ body }) => body.toString().startsWith("more")),
      [],
      "nobody gets more than was announced",
    );
  }
});

t.test("uploads that are answered early, and tried again elsewhere, end no process", async (t) => {
  const { client, plane } = await startHttp2Chain(
    t,
    (stream, _, peer) => {
      stream.resume();
      stream.respond({ ":status": peer === 0 ? 200 : 503 });
      stream.end(peer === 0 ? "done" : "not now");
    },
    { retry: { attempts: 3, on: [503], buffer: 1_000_000, budget: 100, least: 1_000 } },
    3,
  );
  for (let round = 0; round < 50; round++) {
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        client.ask({ ":path": "/", ":method": "PUT" }, upload.subarray(0, 1 + (round * 8 + i) * 150)),
      ),
    );
    // Where the client had not said yet that the request was over, there is no other attempt.
    t.same(
      answers.filter((answer) => !["200", "503"].includes(status(answer) ?? "")),
      [],
    );
  }
  t.equal(plane.serverCount("connects"), 1, "the connection of the first server lives on");
});
