import t from "tap";
import { portsAreShort } from "../../src/core/port-use.ts";

const range = "/proc/sys/net/ipv4/ip_local_port_range";

/** Files of /proc; `tw`: sockets that were closed and hold their port. */
function machine({ inuse = 0, tw = 0, inuse6 = 0 }) {
  const files = new Map([
    [range, "32768\t60999\n"],
    [
      "/proc/net/sockstat",
      `sockets: used 225\nTCP: inuse ${inuse} orphan 3 tw ${tw} alloc 115 mem 612\nUDP: inuse 30000 mem 0\n`,
    ],
    ["/proc/net/sockstat6", `TCP6: inuse ${inuse6}\nUDP6: inuse 30000\n`],
  ]);
  const read = (path: string) => {
    const text = files.get(path);
    if (text === undefined) throw new Error("ENOENT");
    return text;
  };
  return { files, read };
}

t.test("local ports are short once TCP holds about as many as there are", async (t) => {
  t.equal(portsAreShort(machine({ inuse: 112, tw: 1_383 }).read), false);
  t.equal(portsAreShort(machine({ inuse: 28_000 }).read), true);
  t.equal(portsAreShort(machine({ tw: 28_232 }).read), true, "closed ones, too");
  t.equal(portsAreShort(machine({ inuse6: 28_232 }).read), true, "over IPv6, too");
});

t.test("a machine without IPv6, or one that says nothing", async (t) => {
  const { files, read } = machine({ inuse: 28_000 });
  files.delete("/proc/net/sockstat6");
  t.equal(portsAreShort(read), true);
  files.set(range, "1024 65535\n");
  t.equal(portsAreShort(read), false);
  files.clear();
  t.equal(portsAreShort(read), true);
});
