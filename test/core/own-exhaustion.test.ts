import { connect } from "node:net";
import t from "tap";
import { ownExhaustion } from "../../src/core/own-exhaustion.ts";

const failed = (code: string) => Object.assign(new Error(code), { code });

t.test("tells what podmate itself lacks from what a server did", async (t) => {
  for (const code of ["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"]) {
    t.match(ownExhaustion(code), /^out of /, code);
    t.equal(ownExhaustion(failed(code)), ownExhaustion(code), `${code} of an Error`);
  }
  for (const code of ["ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "EHOSTUNREACH", "ENOTFOUND", "EPIPE"]) {
    t.equal(ownExhaustion(code), null, code);
    t.equal(ownExhaustion(failed(code)), null, `${code} of an Error`);
  }
  for (const none of [undefined, null, 24, new Error("EMFILE"), "closed by the server"]) {
    t.equal(ownExhaustion(none), null);
  }
});

t.test(
  "no local address: podmate lacks a port, or the server's address cannot be reached from here",
  async (t) => {
    const error = failed("EADDRNOTAVAIL");
    t.match(
      ownExhaustion(error, () => true),
      /^out of local ports/,
    );
    t.equal(
      ownExhaustion(error, () => false),
      null,
    );
    const both = new AggregateError([error, failed("EMFILE")]);
    t.match(
      ownExhaustion(both, () => true),
      /^out of local ports/,
    );
    t.equal(
      ownExhaustion(both, () => false),
      null,
    );
  },
);

t.test("of several addresses, every one must have failed for want of something", async (t) => {
  const all = new AggregateError([failed("EMFILE"), failed("EMFILE")]);
  t.equal(ownExhaustion(all), ownExhaustion("EMFILE"));
  t.equal(ownExhaustion(new AggregateError([failed("EMFILE"), failed("ECONNREFUSED")])), null);
  t.equal(ownExhaustion(new AggregateError([])), null);
});

t.test("a refused connection is the server's", async (t) => {
  const error = await new Promise((resolve) => connect(1, "127.0.0.1").once("error", resolve));
  t.equal(ownExhaustion(error), null);
});
