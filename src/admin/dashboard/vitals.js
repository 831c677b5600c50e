import { element, setText } from "./element.js";
import { bytes, clockTime, cpu, duration } from "./format.js";

/** @type {readonly [label: string, meaning: string, text: (overview: any) => string][]} */
const facts = [
  [
    "Up",
    "Since the process started",
    ({ started_unix_ms, now_unix_ms }) => duration(now_unix_ms - started_unix_ms),
  ],
  ["CPU", "Of one CPU, all threads together", (overview) => cpu(overview.cpu)],
  [
    "Memory",
    "Resident memory, and the limit of the cgroup",
    ({ resident_memory_bytes, memory_limit_bytes }) =>
      memory_limit_bytes === null
        ? bytes(resident_memory_bytes)
        : `${bytes(resident_memory_bytes)} of ${bytes(memory_limit_bytes)}`,
  ],
  ["Workers", "Worker threads that run, of how many", ({ workers }) => `${workers.up} of ${workers.of}`],
  [
    "Configuration",
    "Version in force, and where it came from",
    ({ config }) => `version ${config.version}, ${config.origin}`,
  ],
];

/** What the daemon runs on. */
export class Vitals {
  #values = facts.map(() => element("dd"));
  #reload = element("dd");
  #reloadRow = element(
    "div",
    { class: "trouble", hidden: true },
    element("dt", {}, "Last reload"),
    this.#reload,
  );

  /** @param {HTMLElement} place */
  constructor(place) {
    place.append(
      ...facts.map(([label, meaning], at) =>
        element("div", { title: meaning }, element("dt", {}, label), this.#values[at] ?? ""),
      ),
      this.#reloadRow,
    );
  }

  /** @param {any} overview */
  show(overview) {
    facts.forEach(([, , text], at) => {
      const value = this.#values[at];
      if (value) setText(value, text(overview));
    });
    const { last_reload } = overview.config;
    const failed = last_reload !== null && !last_reload.ok;
    this.#reloadRow.hidden = !failed;
    if (!failed) return;
    setText(this.#reload, `failed at ${clockTime(last_reload.at_unix_ms)}`);
    this.#reloadRow.title = last_reload.errors.join("\n");
  }
}
