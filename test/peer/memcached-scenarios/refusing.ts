import { expectMiss, expectValue, type Scenario, set } from "./scenario.ts";

const BAD_FORMAT = "CLIENT_ERROR bad command line format\r\n";

/** Scenarios about commands that are none, and connections that end. */
export const REFUSING: readonly Scenario[] = [
  {
    name: "bogus-commands",
    async run(_t, connect) {
      const client = await connect();
      await client.exchange("boguscommand slkdsldkfjsd\r\n", "ERROR\r\n");
      await client.expectInStep();
    },
  },
  {
    // HTTP is hung up on, so that a browser cannot be made to write here.
    name: "malicious-commands",
    async run(_t, connect) {
      for (const line of ["GET / HTTP/1.0", "PUT /some/path HTTP/1.1", "DELETE HTTP/1.1"]) {
        const client = await connect();
        await client.send(`${line}\r\n`);
        await client.expectClose();
      }
    },
  },
  {
    name: "quit",
    async run(_t, connect) {
      const client = await connect();
      await client.send("quit\r\n");
      await client.expectClose();
    },
  },
  {
    // A key too long among others fails the whole get, and not the connection.
    name: "issue_152",
    async run(_t, connect) {
      const client = await connect();
      await set(client, "a", "a", 1);
      await client.exchange(`get a ${"a".repeat(251)}\r\n`, BAD_FORMAT);
      await expectValue(client, "a", "a", 1);
    },
  },
  {
    // A binary request with a body of 4 GiB does not take the server down.
    name: "issue_192",
    async run(_t, connect) {
      const bad = await connect();
      const header = Buffer.from(
        "80120001080000 00ffffffe800000000 0000000000000000".replaceAll(" ", ""),
        "hex",
      );
      await bad.send(Buffer.concat([header, Buffer.from("ffffffff01000000", "hex"), Buffer.alloc(36)]));
      const good = await connect();
      await expectMiss(good, "a");
    },
  },
  {
    // Lengths that are no lengths.
    name: "issue_70",
    async run(_t, connect) {
      const client = await connect();
      await client.exchange("set empty 0 0 0\r\n\r\n", "STORED\r\n");
      await client.exchange("set empty 0 0 -1\r\n", BAD_FORMAT);
      await client.exchange("set empty 0 0 4294967295\r\n", BAD_FORMAT);
      await expectValue(client, "empty", "");
    },
  },
  {
    name: "strtol-testing",
    async run(_t, connect) {
      const client = await connect();
      await client.exchange("verbosity invalid\r\n", BAD_FORMAT);
      await client.exchange("slabs automove invalid\r\n", BAD_FORMAT);
    },
  },
];
