import t from "tap";
import { Helm, needsHelm } from "../support/helm.ts";
import { clustersOf, shapeFiles, shapes } from "./shapes.ts";

// helm runs many times.
t.setTimeout(300_000);

t.test("helm lint has nothing against the charts", async (t) => {
  if (!needsHelm(t)) return;
  const helm = await Helm.start(t);
  t.match(await helm.run("lint", "--strict", helm.library), "0 chart(s) failed");
  for (const shape of shapes) {
    for (const cluster of clustersOf(shape)) {
      const values = shapeFiles(shape).map((file) => `--values=${helm.example}/${file}`);
      const said = await helm.run("lint", "--strict", `--kube-version=${cluster}`, ...values, helm.example);
      t.match(said, "0 chart(s) failed", `${shape} on Kubernetes ${cluster}`);
    }
  }
});
