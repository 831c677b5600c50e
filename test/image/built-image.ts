import { cp, mkdir, readFile, symlink } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { TestProcess } from "../support/process.ts";
import type { Teardown } from "../support/teardown.ts";
import { tempDir } from "../support/temp-dir.ts";
import { execForm, type Instruction, only, pairsOf, parseDockerfile, stagesOf } from "./dockerfile.ts";

const tree = fileURLToPath(new URL("../..", import.meta.url));

/** What a container engine would have made of the Dockerfile, as far as a test needs it. */
export interface BuiltImage {
  /** What was put together for each `COPY --from`, by its name there. */
  readonly parts: { readonly runtime: string; readonly app: string };
  /** The root of the image's file system. */
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly healthcheck: readonly string[];
}

/** What a build is run with: the Node of the tests first on the path, and nothing that npm or tap hands down. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^npm_|^NODE_|^PODMATE_|^TAP/i.test(name)),
);
env["PATH"] = [dirname(process.execPath), env["PATH"]].join(delimiter);

/**
 * Does what the Dockerfile says, without a container engine: the same scripts run in a copy of what `.dockerignore` lets
 * through. One step is left out: the tools that `npm ci` would install are there, by the same lock file.
 */
export async function buildImage(t: Teardown): Promise<BuiltImage> {
  const [build = [], last = []] = stagesOf(parseDockerfile(await readFile(join(tree, "Dockerfile"), "utf8")));
  const folder = await tempDir(t);
  const context = await copyContext(join(folder, "context"));
  const parts = { runtime: join(folder, "image/runtime"), app: join(folder, "image/app") };
  for (const words of stepsOf(build)) {
    await run(
      t,
      context,
      words[0] ?? "",
      words.slice(1).map((word) => word.replace(/^\/image/, `${folder}/image`)),
    );
  }
  const root = join(folder, "root");
  for (const from of copiesOf(last)) await run(t, folder, "cp", ["-a", `${join(folder, from)}/.`, root]);
  const healthcheck = only(last, "HEALTHCHECK").replace(/^.*?CMD /, "");
  return {
    parts,
    root,
    env: pairsOf(only(last, "ENV")),
    user: only(last, "USER"),
    entrypoint: execForm(only(last, "ENTRYPOINT")),
    command: execForm(only(last, "CMD")),
    healthcheck: execForm(healthcheck),
  };
}

/** A clean copy of what is handed to a build, and the tools. */
async function copyContext(context: string): Promise<string> {
  const ignore = await readFile(join(tree, ".dockerignore"), "utf8");
  const handed = ignore.split("\n").flatMap((line) => (line.startsWith("!") ? [line.slice(1)] : []));
  await mkdir(context);
  for (const place of handed) await cp(join(tree, place), join(context, place), { recursive: true });
  await symlink(join(tree, "node_modules"), join(context, "node_modules"));
  return context;
}

function stepsOf(stage: readonly Instruction[]): string[][] {
  const steps = stage.filter(({ name }) => name === "RUN").map(({ text }) => text.split(" "));
  return steps.filter(([command]) => command !== "npm");
}

/** Sources of `COPY --from=build SOURCE /`. */
function copiesOf(stage: readonly Instruction[]): string[] {
  return stage.flatMap(({ name, text }) => {
    if (name !== "COPY") return [];
    const [, from] = /^--from=build (\/\S+)\/ \/$/.exec(text) ?? [];
    if (from === undefined) throw new Error(`not copied into the root as a whole: ${text}`);
    return [from];
  });
}

async function run(t: Teardown, cwd: string, command: string, args: readonly string[]): Promise<void> {
  // tap has all that a test starts load modules of its own, by a variable that it puts into any environment.
  const step = new TestProcess(t, "env", ["-u", "NODE_OPTIONS", command, ...args], { cwd, env });
  const { code } = await step.exit;
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} failed:\n${step.stdout}${step.stderr}`);
}
