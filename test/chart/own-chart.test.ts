import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { configOf, find, Helm, needsHelm } from "../support/helm.ts";
import { clusters } from "./shapes.ts";
import { typeErrors } from "./typed-manifests.ts";

/** The blocks of YAML in the section of the page that says how podmate is put beside an app, in their order. */
function blocksOfThePage(): string[] {
  const page = readFileSync(new URL("../../docs/chart.md", import.meta.url), "utf8");
  const [, section = ""] = page.split("## Put podmate beside your app\n");
  return [...section.split("\n## ")[0]!.matchAll(/^ {3}```yaml\n([\s\S]*?)^ {3}```/gm)].map(([, block]) =>
    block!.replace(/^ {3}/gm, ""),
  );
}

const deployment = (template: string): string => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "podmate.appName" . }}
spec:
  selector:
    matchLabels:
      {{- include "podmate.selectorLabels" . | nindent 6 }}
  ${template
    .replace("metadata:\n", 'metadata:\n    labels: {{- include "podmate.selectorLabels" . | nindent 8 }}\n')
    .replace("# … as before", "image: web:1")
    .replaceAll("\n", "\n  ")}
`;

t.test("an own chart needs no more than the page says", async (t) => {
  if (!needsHelm(t)) return;
  const helm = await Helm.start(t);
  const [dependencies, values, template, objects] = blocksOfThePage() as [string, string, string, string];
  const chart = join(helm.folder, "web");
  await mkdir(join(chart, "templates"), { recursive: true });
  await writeFile(join(chart, "Chart.yaml"), `apiVersion: v2\nname: web\nversion: 1.0.0\n${dependencies}`);
  await writeFile(join(chart, "values.yaml"), values);
  await writeFile(join(chart, "templates", "deployment.yaml"), deployment(template));
  await writeFile(join(chart, "templates", "podmate.yaml"), objects);
  await helm.run("dependency", "update", chart);
  for (const kubernetes of clusters) {
    const manifests = await helm.render({ chart, kubernetes });
    t.strictSame(
      manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
      ["ServiceAccount shop-web-podmate", "ConfigMap shop-web-podmate", "Deployment shop-web"],
    );
    t.match(configOf(manifests), "address: cache-a.example.com:11211");
    t.match(find(manifests, "Deployment"), {
      spec: { template: { spec: { serviceAccountName: "shop-web-podmate" } } },
    });
    t.equal(await typeErrors(t, manifests), "", `Kubernetes ${kubernetes}`);
  }
});
