import t from "tap";
import { type HookNews, newsAsEnvironment, newsAsJson } from "../../src/lifecycle/hook-news.ts";

const warning: HookNews = {
  event: "memory",
  state: "ready",
  from: "ready",
  reason: "memory in use is at 85 % of its limit",
  at: 1,
  memory: { used: 850, limit: 1_000 },
};

t.test("a warning of memory tells the numbers, as JSON and in the environment", (t) => {
  t.same(JSON.parse(newsAsJson("tell", warning)), {
    hook: "tell",
    event: "memory",
    state: "ready",
    from: "ready",
    reason: "memory in use is at 85 % of its limit",
    at_unix_ms: 1,
    deadline_unix_ms: null,
    memory_used_bytes: 850,
    memory_limit_bytes: 1_000,
  });
  t.match(newsAsEnvironment("tell", warning), {
    PODMATE_EVENT: "memory",
    PODMATE_MEMORY_USED_BYTES: "850",
    PODMATE_MEMORY_LIMIT_BYTES: "1000",
  });
  t.end();
});

t.test("other news have none", (t) => {
  const { memory: _, ...news } = warning;
  t.notOk("memory_used_bytes" in JSON.parse(newsAsJson("tell", { ...news, event: "ready" })));
  t.equal(newsAsEnvironment("tell", { ...news, event: "ready" })["PODMATE_MEMORY_USED_BYTES"], "");
  t.end();
});
