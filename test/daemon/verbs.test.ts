import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import t, { type Test } from "tap";
import { verbs } from "../../src/cli/verbs.ts";
import { tempDir } from "../support/temp-dir.ts";
import { configText, runVerb, startServers } from "./podmate.ts";

const good = configText(["10.0.0.1:11211", "10.0.0.2:11211"]);
const nobody = "127.0.0.1:1";

async function fileWith(t: Test, text: string, name = "podmate.yml"): Promise<string> {
  const file = join(await tempDir(t), name);
  await writeFile(file, text);
  return file;
}

t.test("help, version and usage", async (t) => {
  t.match(await runVerb(t, "--help"), { code: 0, stdout: /Usage: podmate VERB/, stderr: "" });
  t.match(await runVerb(t, "--version"), { code: 0, stdout: /^podmate \d+\.\d+\.\d+\n$/ });
  t.match(await runVerb(t), { code: 2, stdout: "", stderr: /a verb is needed/ });
  t.match(await runVerb(t, "chekc"), { code: 2, stderr: /did you mean check\?/ });
  t.match(await runVerb(t, "check", "--confg", "x"), {
    code: 2,
    stderr: /did you mean --config\?\nusage: podmate check/,
  });
  for (const { name } of verbs) {
    const { code, stdout } = await runVerb(t, ...name.split(" "), "--help");
    t.equal(code, 0, name);
    t.ok(stdout.includes(`Usage: podmate ${name}`), name);
  }
});

t.test("check: 0 for a good file, 64 and every error for a bad one", async (t) => {
  const file = await fileWith(t, good);
  t.match(await runVerb(t, "check", "-c", file), { code: 0, stdout: /is good: 1 listener, 1 pool\n$/ });

  const bad = await fileWith(t, good.replace("workers: 1", "workers: 0").replace("servers:", "serverz:"));
  const { code, stderr } = await runVerb(t, "check", "-c", bad);
  t.equal(code, 64);
  t.match(stderr, new RegExp(`^${bad}:2:\\d+: workers: `, "m"));
  t.match(stderr, /did you mean servers\?/);
  t.match(await runVerb(t, "check", "-c", `${bad}.gone`), { code: 64, stderr: /no such file/ });
});

t.test("run refuses a bad file with 64, and flags that make no sense with 2", async (t) => {
  const bad = await fileWith(t, good.replace("servers:", "serverz:"));
  t.match(await runVerb(t, "run", "-c", bad), { code: 64, stderr: /did you mean servers\?/ });
  t.match(await runVerb(t, "run", "-c", bad, "--twemproxy", bad), { code: 2, stderr: /exclude each other/ });
  t.match(await runVerb(t, "run", "--workers", "0"), { code: 2, stderr: /whole number from 1 to 64/ });
  t.match(await runVerb(t, "run", "--admin", "nonsense"), { code: 2, stderr: /--admin nonsense: / });
});

t.test("run says who has its port", async (t) => {
  const [taken = ""] = await startServers(t, 1);
  const listener = await fileWith(t, good.replace('listen: "127.0.0.1:0", pool', `listen: "${taken}", pool`));
  t.match(await runVerb(t, "run", "-c", listener), {
    code: 1,
    stderr: new RegExp(`^podmate: cannot listen on ${taken}: another process has it`, "m"),
  });
  const admin = await fileWith(t, good);
  t.match(await runVerb(t, "run", "-c", admin, "--admin", taken), {
    code: 1,
    stderr: new RegExp(`^podmate: cannot listen on ${taken}: another process has it`, "m"),
  });
});

t.test("convert twemproxy prints a file that is good", async (t) => {
  const file = await fileWith(
    t,
    "alpha:\n  listen: 127.0.0.1:22121\n  hash: fnv1a_64\n  distribution: ketama\n  servers:\n   - 127.0.0.1:11211:1 one\n",
    "nutcracker.yml",
  );
  const { code, stdout } = await runVerb(t, "convert", "twemproxy", file);
  t.equal(code, 0);
  t.match(await runVerb(t, "check", "-c", await fileWith(t, stdout)), { code: 0 });
  t.match(await runVerb(t, "convert", "twemproxy", await fileWith(t, "alpha: 1\n")), { code: 64 });
});

t.test("ring tells who owns a key and why", async (t) => {
  const file = await fileWith(t, good);
  const { code, stdout } = await runVerb(t, "ring", "-c", file, "greeting", "other");
  t.equal(code, 0);
  const [first, second, rest] = stdout.split("\n");
  t.match(
    first,
    /^greeting → 10\.0\.0\.[12]:11211: xxh3\("greeting"\) = [0-9a-f]{16}; maglev chooses "10\.0\.0\.[12]", weight 1$/,
  );
  t.match(second, /^other → /);
  t.equal(rest, "");

  const json = await runVerb(t, "ring", "-c", file, "--pool", "main", "--json", "greeting");
  t.match(JSON.parse(json.stdout), [{ key: "greeting", owner: { weight: 1 } }]);
  t.match(await runVerb(t, "ring", "-c", file, "--pool", "mian", "k"), {
    code: 1,
    stderr: /has no pool "mian"; did you mean main\?/,
  });
});

t.test("ring diff tells which share of the keys moves", async (t) => {
  const before = await fileWith(t, good);
  const after = await fileWith(t, configText(["10.0.0.1:11211", "10.0.0.2:11211", "10.0.0.3:11211"]));
  const { code, stdout } = await runVerb(t, "ring", "diff", before, after);
  t.equal(code, 0);
  const share = Number(/^pool main: ([\d.]+) % of the keys move$/m.exec(stdout)?.[1]);
  t.ok(share > 20 && share < 47, `about a third moves: ${share}`);
  t.match(await runVerb(t, "ring", "diff", before, before), { code: 0, stdout: /^pool main: 0\.00 %/ });
});

t.test("ring and ring diff read twemproxy's file, too: what a switch would move", async (t) => {
  const servers = ["10.0.0.1:11211", "10.0.0.2:11211"];
  const lines = servers.map((server) => `   - ${server}:1\n`).join("");
  const before = await fileWith(
    t,
    `main:\n  listen: 127.0.0.1:22121\n  hash: fnv1a_64\n  distribution: ketama\n  servers:\n${lines}`,
    "nutcracker.yml",
  );
  const ring = "ring: { distribution: ketama, hash: fnv1a_64 }\n    servers:";
  const after = await fileWith(t, configText(servers).replace("servers:", ring));
  t.match(await runVerb(t, "ring", "diff", before, after), { code: 0, stdout: /^pool main: 0\.00 %/ });
  const [old, now] = await Promise.all(
    [before, after].map((file) => runVerb(t, "ring", "-c", file, "greeting")),
  );
  t.equal(old?.stdout, now?.stdout);
});

t.test("schema and metrics print what the code says", async (t) => {
  const schema = await runVerb(t, "schema");
  t.match(JSON.parse(schema.stdout), { type: "object", properties: { memcache: {}, pools: {} } });
  t.match(await runVerb(t, "metrics"), { code: 0, stdout: /^podmate_pool_requests_total +counter/m });
});

t.test("where no daemon answers, the verbs that need one say so and fail", async (t) => {
  for (const verb of ["status", "reload", "healthcheck"]) {
    t.match(
      await runVerb(t, verb, "--admin", nobody),
      { code: 1, stdout: "", stderr: /no daemon answers at 127\.0\.0\.1:1 \(ECONNREFUSED\)/ },
      verb,
    );
  }
  t.match(await runVerb(t, "wait-ready", "--admin", nobody, "--timeout", "1ms"), {
    code: 1,
    stderr: /not ready within 1ms/,
  });
  t.match(await runVerb(t, "wait-ready", "--timeout", "soon"), { code: 2, stderr: /--timeout soon/ });
});
