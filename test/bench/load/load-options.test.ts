import t from "tap";
import { parseLoadOptions } from "../../../bench/load/load-options.ts";

t.test("defaults", async (t) => {
  t.match(parseLoadOptions(["--port", "11211"]), {
    host: "127.0.0.1",
    port: 11211,
    clients: 50,
    depth: 1,
    keysPerGet: 1,
    setRatio: 0.1,
    preload: false,
    verifyAll: false,
    watch: [],
  });
  t.equal(parseLoadOptions(["--help"]), null);
});

t.test("what is given takes the place of the defaults", async (t) => {
  const args =
    "--port 1 --clients 20 --depth 16 --keys-per-get 24 --sets 0.5 --watch 77,78 --verify-all --preload";
  t.match(parseLoadOptions(args.split(" ")), {
    clients: 20,
    depth: 16,
    keysPerGet: 24,
    setRatio: 0.5,
    watch: [77, 78],
    verifyAll: true,
    preload: true,
  });
});

t.test("what makes no sense is refused by name", async (t) => {
  const refused: Record<string, string> = {
    "": "--port is missing",
    "--port 70000": "--port is a number from 1 to 65535",
    "--port 1 --clients 1.5": "--clients is a whole number",
    "--port 1 --sets 2": "--sets is a number from 0 to 1",
    "--port 1 --seconds x": "--seconds is a number",
  };
  for (const [args, message] of Object.entries(refused)) {
    t.throws(
      () => parseLoadOptions(args === "" ? [] : args.split(" ")),
      { message: new RegExp(message) },
      args,
    );
  }
  t.throws(() => parseLoadOptions(["--prot", "1"]));
});
