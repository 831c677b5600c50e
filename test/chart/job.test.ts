import t from "tap";
import { find, Helm, needsHelm } from "../support/helm.ts";
import { clusters, shapeFiles } from "./shapes.ts";

// helm runs many times.
t.setTimeout(300_000);

t.test("a Job that has changed is another Job, and what has not changed is not run again", async (t) => {
  if (!needsHelm(t)) return;
  const helm = await Helm.start(t);
  for (const kubernetes of clusters) {
    const job = async (...set: string[]) =>
      find(await helm.render({ files: shapeFiles("job"), set, kubernetes }), "Job");
    const one = await job();
    t.match(one.metadata.name, /^shop-podmate-example-[0-9a-f]{8}$/);
    t.strictSame(await job(), one, "rendered twice");

    const changes = ["podmate.config.log.level=debug", "job.visits=2000", "podmate.image.tag=next"];
    const names = [one, ...(await Promise.all(changes.map((change) => job(change))))].map(
      ({ metadata }) => metadata.name,
    );
    t.equal(new Set(names).size, names.length, "each change has a name of its own");

    // Labels of the Job itself, unlike what it runs, may change.
    const relabelled = await job("podmate.labels.team=shop");
    t.equal(relabelled.metadata.name, one.metadata.name);

    const reload = "podmate.configChange=reload";
    const reloaded = await job(reload, "podmate.config.log.level=debug");
    t.strictSame(reloaded, await job(reload), "which podmate takes while it runs");
  }
});

t.test("its name has room for the hash, however long the app's is", async (t) => {
  if (!needsHelm(t)) return;
  const helm = await Helm.start(t);
  const set = [`podmate.appName=${"a".repeat(53)}-${"b".repeat(9)}`];
  const { metadata } = find(await helm.render({ files: shapeFiles("job"), set }), "Job");
  t.match(metadata.name, /^a{53}-[0-9a-f]{8}$/);
});
