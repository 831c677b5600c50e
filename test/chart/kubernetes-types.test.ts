import t from "tap";
import { Helm, type Manifest, needsHelm } from "../support/helm.ts";
import { clustersOf, shapeFiles, shapes } from "./shapes.ts";
import { typeErrors } from "./typed-manifests.ts";

// helm runs many times.
t.setTimeout(300_000);

t.test("whatever is rendered is of the types that Kubernetes has", async (t) => {
  if (!needsHelm(t)) return;
  const helm = await Helm.start(t);
  const manifests: Manifest[] = [];
  for (const shape of shapes) {
    for (const kubernetes of clustersOf(shape))
      manifests.push(...(await helm.render({ files: shapeFiles(shape), kubernetes })));
  }
  t.equal(await typeErrors(t, manifests), "");
});

t.test("an unknown key, another type and a key that is missing are found", async (t) => {
  const probe = { httpGet: { path: "/ready", port: "http" } };
  const pod = (container: object): Manifest => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "one" },
    spec: { containers: [{ name: "app", ...container }] },
  });
  const errors = await typeErrors(t, [
    pod({ readinessProbe: probe }),
    pod({ readinesProbe: probe }),
    pod({ readinessProbe: { ...probe, periodSeconds: "5" } }),
    pod({ readinessProbe: { httpGet: {} } }),
  ]);
  t.equal(errors.match(/error TS/g)?.length, 3, errors);
  t.match(errors, /"readinesProbe"' does not exist in type 'Container'/);
  t.match(errors, /'string' is not assignable to type 'number'/);
  t.match(errors, /'port' is missing/);
});
