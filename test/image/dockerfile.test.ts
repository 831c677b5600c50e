import { readFile } from "node:fs/promises";
import t from "tap";
import { execForm, only, pairsOf, parseDockerfile, stagesOf } from "./dockerfile.ts";

const read = (name: string): Promise<string> => readFile(new URL(`../../${name}`, import.meta.url), "utf8");
const instructions = parseDockerfile(await read("Dockerfile"));
const stages = stagesOf(instructions);
const last = stages.at(-1) ?? [];
const manifest = JSON.parse(await read("package.json"));

t.test("the base is pinned by version, and nothing is below what runs", async (t) => {
  const bases = stages.map((stage) => only(stage, "FROM"));
  t.match(bases[0], /^node:\d+\.\d+\.\d+-bookworm-slim AS build$/);
  t.equal(bases[0], `node:${manifest.devDependencies.node}-bookworm-slim AS build`, "the Node of the tests");
  t.same(bases.slice(1), ["scratch"]);
});

t.test(
  "it builds by the scripts that the test of the image runs, and fetches nothing but packages",
  async (t) => {
    const steps = stages.flat().filter(({ name }) => name === "RUN");
    t.same(
      steps.map(({ text }) => text),
      [
        "npm ci --ignore-scripts",
        "scripts/image/runtime.sh /image/runtime",
        "scripts/image/app.sh /image/app",
      ],
    );
    t.notOk(
      last.some(({ name }) => name === "RUN"),
      "there is nothing to run it with",
    );
    const scripts = await Promise.all(["scripts/image/runtime.sh", "scripts/image/app.sh"].map(read));
    for (const text of [await read("Dockerfile"), ...scripts]) t.notMatch(text, /curl|wget|apt-get|\bADD\b/);
  },
);

t.test("who runs it, and how it ends", async (t) => {
  t.match(only(last, "USER"), /^[1-9]\d*:[1-9]\d*$/, "a number that is not root's");
  t.equal(only(last, "STOPSIGNAL"), "SIGTERM");
  t.same(execForm(only(last, "ENTRYPOINT")), ["podmate"]);
  t.same(execForm(only(last, "CMD")), ["run", "-c", "/etc/podmate/podmate.yaml"]);
  const [, options, command = ""] = /^(.*?)\s*CMD (.*)$/.exec(only(last, "HEALTHCHECK")) ?? [];
  t.match(options, /--interval=\d+s --timeout=\d+s/);
  t.same(execForm(command), ["podmate", "healthcheck"]);
});

t.test("its labels are those of the package", async (t) => {
  const labels = pairsOf(only(last, "LABEL"));
  t.match(labels, {
    "org.opencontainers.image.title": manifest.name,
    "org.opencontainers.image.version": manifest.version,
    "org.opencontainers.image.licenses": manifest.license,
  });
  t.ok(labels["org.opencontainers.image.description"]);
});

t.test("only what it is built from is handed to the build", async (t) => {
  const lines = (await read(".dockerignore"))
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  t.equal(lines[0], "*", "nothing, but for what is named");
  const handed = lines.slice(1);
  t.ok(handed.every((line) => /^![\w.-]+(?:\/[\w.-]+)*$/.test(line)));
  const places = handed.map((line) => line.slice(1));
  for (const kept of ["node_modules", "dist", ".git", "test", "bench", "docs", "charts", "tmp", ".ci"]) {
    t.notOk(
      places.some((place) => place.split("/")[0] === kept),
      `${kept} stays away`,
    );
  }
});

t.test("what the Dockerfile is read with", async (t) => {
  const parsed = parseDockerfile('# one\nFROM a AS b\nenv A=1 \\\n  # two\n  B="x y"\n\nFROM c\nCMD ["d"]\n');
  t.same(
    parsed.map(({ name, text }) => `${name} ${text}`),
    ["FROM a AS b", 'ENV A=1 B="x y"', "FROM c", 'CMD ["d"]'],
  );
  t.same(pairsOf(parsed[1]?.text ?? ""), { A: "1", B: "x y" });
  t.throws(() => only(parsed, "FROM"), /two FROM/);
  t.throws(() => only(parsed, "USER"), /no USER/);
  t.throws(() => execForm("podmate run"));
  t.throws(() => stagesOf([{ name: "RUN", text: "a" }]), /before FROM/);
});
