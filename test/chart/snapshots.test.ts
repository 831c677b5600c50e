import { readdirSync } from "node:fs";
import t from "tap";
import { Helm, needsHelm } from "../support/helm.ts";
import { clusters, clustersOf, shapeFiles, shapes } from "./shapes.ts";
import { describe, difference, snapshot } from "./snapshot.ts";

// helm runs many times.
t.setTimeout(300_000);

// What every shape of the example comes to. The shape `default` is kept whole, of the others what is different from it.
// `npm run snapshots` writes the files anew: read what git says has changed.
t.test("the charts render as they did", async (t) => {
  if (!needsHelm(t)) return;
  const helm = await Helm.start(t);
  for (const cluster of clusters) {
    const base = describe(await helm.render({ files: shapeFiles("default"), kubernetes: cluster }));
    for (const shape of shapes.filter((shape) => clustersOf(shape).includes(cluster))) {
      const own = describe(await helm.render({ files: shapeFiles(shape), kubernetes: cluster }));
      const text = shape === "default" ? [...own.values()].join("---\n") : difference(own, base);
      t.equal(text, snapshot(`${shape}-${cluster}`, text), `${shape} on Kubernetes ${cluster}`);
    }
  }
});

t.test("there is no snapshot of what does not exist", async (t) => {
  const kept = readdirSync(new URL("./snapshots", import.meta.url)).sort();
  const wanted = shapes
    .flatMap((shape) => clustersOf(shape).map((cluster) => `${shape}-${cluster}.yaml`))
    .sort();
  t.strictSame(kept, wanted);
});
