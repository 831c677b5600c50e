// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables in configuration files look like that
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { find, Helm, needsHelm } from "../support/helm.ts";
import { envOf } from "./pod.ts";
import { shapeFiles } from "./shapes.ts";

// helm runs many times.
t.setTimeout(300_000);

/** Words of `--set` for a management interface that listens there, and a token for it. */
const listening = (listen: string, ...more: string[]): readonly string[] => [
  "podmate.loopbackOnly=false",
  `podmate.config.admin.listen=${listen}`,
  ...more,
];
const token = "podmate.adminToken.secret=podmate-admin";

t.test("verbs in the container find the daemon where it listens", async (t) => {
  if (!needsHelm(t)) return;
  const helm = await Helm.start(t);
  const variable = ["podmate.env[0].name=PORT", "podmate.env[0].value=a"];
  const cases = [
    ["127.0.0.1:9901", [], "127.0.0.1:9901"],
    [":9911", [], "127.0.0.1:9911"],
    ["0.0.0.0:9911", [], "127.0.0.1:9911"],
    ["[::]:9911", [], "127.0.0.1:9911"],
    ["unix:/run/podmate/admin.sock", [], "unix:/run/podmate/admin.sock"],
    ["127.0.0.1:${PORT:-9911}", variable, "127.0.0.1:$(PORT)"],
    ["127.0.0.1:${PORT:-9911}", ["podmate.envFrom[0].secretRef.name=ports"], "127.0.0.1:$(PORT)"],
    ["127.0.0.1:${PORT:-9911}", [], "127.0.0.1:9911"],
    ["${POD_IP}:${PORT:-9911}", [token, ...variable], "$(POD_IP):$(PORT)"],
  ] as const;
  for (const [listen, more, expected] of cases) {
    const env = envOf(await helm.render({ set: listening(listen, ...more), kubernetes: "1.28" }), "podmate");
    t.equal(env.get("PODMATE_ADMIN"), expected, `${listen} ${more.join(" ")}`);
  }
});

t.test("the preStop hook has the token where it needs one", async (t) => {
  if (!needsHelm(t)) return;
  const helm = await Helm.start(t);
  const far = "${POD_IP}:9901";
  const remote = "podmate.config.admin.remote";
  const cases = [
    [listening(far, token), "/etc/podmate-admin/token"],
    [listening(far, token, "podmate.adminToken.key=first"), "/etc/podmate-admin/first"],
    [listening(far, `${remote}=/etc/own/token`), "/etc/own/token"],
    [listening(far, `${remote}.token_file=\${OWN:-own}/token`), "/etc/podmate/own/token"],
    [listening("[::]:9901", token), undefined],
    [["podmate.adminToken.secret=podmate-admin"], undefined],
  ] as const;
  for (const [set, expected] of cases) {
    const env = envOf(await helm.render({ set, kubernetes: "1.28" }), "podmate");
    t.equal(env.get("PODMATE_TOKEN_FILE"), expected, set.join(" "));
  }
  const without = { set: listening(far) };
  const message = /admin\.listen: \$\{POD_IP\}:9901 takes no drain from the preStop hook without a token/;
  await t.rejects(helm.render({ ...without, kubernetes: "1.28" }), { message });
  await t.resolves(helm.render(without), "a native sidecar has no such hook");
});

t.test("a Job beside a plain container tells podmate to end where it listens", async (t) => {
  if (!needsHelm(t)) return;
  const helm = await Helm.start(t);
  const stop = async (kubernetes: string, ...set: string[]): Promise<unknown> =>
    envOf(await helm.render({ files: shapeFiles("job"), set, kubernetes }), "app", "Job").get("STOP");
  t.equal(await stop("1.28"), "http://127.0.0.1:9901/lifecycle/stop");
  t.equal(await stop("1.28", ...listening("127.0.0.1:7000")), "http://127.0.0.1:7000/lifecycle/stop");
  t.equal(await stop("1.28", ...listening(":7000")), "http://127.0.0.1:7000/lifecycle/stop");
  t.equal(await stop("1.28", ...listening("[::1]:7000")), "http://[::1]:7000/lifecycle/stop");
  t.equal(await stop("1.33"), undefined, "a native sidecar ends by itself");
  for (const listen of ["unix:/run/podmate/admin.sock", "${POD_IP}:9901"]) {
    const set = listening(listen, token);
    await t.rejects(stop("1.28", ...set), { message: /ends it over loopback, which .+ is not/ }, listen);
    await t.resolves(stop("1.33", ...set), listen);
  }
});

t.test("the notes name what there is", async (t) => {
  if (!needsHelm(t)) return;
  const helm = await Helm.start(t);
  // helm shows them upon an installation alone: here they are the text of a ConfigMap.
  const templates = join(helm.example, "templates");
  const text = await readFile(join(templates, "NOTES.txt"), "utf8");
  const map = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: notes }\ndata:\n";
  await writeFile(
    join(templates, "notes.yaml"),
    `{{- define "notes" -}}\n${text}{{- end -}}\n${map}  notes: {{ include "notes" . | quote }}\n`,
  );
  const notes = async (set: readonly string[], kubernetes = "1.33") => {
    const manifests = await helm.render({ set, kubernetes });
    const { data } = find(manifests, "ConfigMap", "notes") as unknown as { data: { notes: string } };
    return { manifests, said: data.notes };
  };

  const { said } = await notes([]);
  t.match(said, "port-forward deploy/shop-podmate-example 9901:9901\n  open http://127.0.0.1:9901/\n");
  t.match(said, /\n\npodmate runs as a native sidecar\.$/);
  t.match((await notes([], "1.28")).said, /runs as a plain container\.$/);
  t.match((await notes(listening(":7000"))).said, " 7000:7000\n  open http://127.0.0.1:7000/\n");
  for (const listen of ["unix:/run/podmate/admin.sock", "${POD_IP}:9901"]) {
    const { said } = await notes(listening(listen));
    t.match(said, "exec deploy/shop-podmate-example -c podmate -- podmate status\n", listen);
    t.notMatch(said, "9901");
  }
  const job = await notes(["job.enabled=true"]);
  t.match(job.said, `logs job/${find(job.manifests, "Job").metadata.name} -c app -f\n`);
});
