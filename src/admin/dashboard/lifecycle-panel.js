import { Refusal } from "./daemon.js";
import { element, setText } from "./element.js";
import { clockTime } from "./format.js";

/**
 * What a button asks for, in which states it makes sense, and what the reader is asked before.
 * @type {readonly { verb: string, label: string, states: readonly string[], question?: string }[]}
 */
const actions = [
  { verb: "pause", label: "Pause", states: ["ready"] },
  { verb: "resume", label: "Resume", states: ["paused"] },
  {
    verb: "drain",
    label: "Drain",
    states: ["ready", "paused"],
    question: "Drain the daemon? It stops taking traffic, and only a restart brings it back.",
  },
  {
    verb: "stop",
    label: "Stop",
    states: ["starting", "ready", "paused", "draining"],
    question: "Stop the daemon? It drains and exits.",
  },
];

/** The state of the daemon, and the buttons that change it where the reader may. */
export class LifecyclePanel {
  #state = element("span", { class: "state" });
  #why = element("span");
  #result = element("p", { role: "status" });
  #buttons = actions.map(({ label }) => element("button", { type: "button", disabled: true }, label));
  #bar = element("div", { class: "bar", role: "group", "aria-label": "Lifecycle", hidden: true });
  #refused = element("p", { class: "faint refused" });
  #token = element("input", { type: "password", autocomplete: "off", "aria-label": "Bearer token" });
  #tokenForm = element("form", { hidden: true }, this.#token, element("button", {}, "Use this token"));
  node = element(
    "div",
    { class: "lifecycle" },
    element("p", { class: "now" }, this.#state, " ", this.#why),
    this.#bar,
    this.#refused,
    this.#tokenForm,
    this.#result,
  );
  #daemon;

  /** @param {import("./daemon.js").Daemon} daemon */
  constructor(daemon) {
    this.#daemon = daemon;
    this.#bar.append(...this.#buttons);
    actions.forEach((action, at) => {
      this.#buttons[at]?.addEventListener("click", () => void this.#turn(action));
    });
    this.#tokenForm.addEventListener("submit", (event) => {
      event.preventDefault();
      daemon.setToken(this.#token.value.trim());
      this.#token.value = "";
      void this.learnAccess();
    });
  }

  /** Whether the reader may change something. */
  mayChange = false;

  /** Asks what may be done from here. */
  async learnAccess() {
    const { may_change, needs_token, reason } = await this.#daemon.get("access");
    this.mayChange = may_change;
    this.#bar.hidden = !may_change;
    this.#tokenForm.hidden = !needs_token;
    setText(this.#refused, may_change ? "" : `Read only: ${reason}.`);
  }

  /** @param {any} lifecycle the answer of `/lifecycle` */
  show({ state, reason, since_unix_ms, deadline_unix_ms, stopping }) {
    this.#state.setAttribute("data-state", state);
    setText(this.#state, state);
    const since = since_unix_ms === null ? "" : `since ${clockTime(since_unix_ms)}`;
    const until = deadline_unix_ms === null ? "" : `until ${clockTime(deadline_unix_ms)} at the latest`;
    // Why it is ready is no news.
    const why = state === "ready" ? "" : reason;
    setText(this.#why, [since, until, why].filter((part) => part !== "").join(", "));
    actions.forEach(({ verb, states }, at) => {
      const button = this.#buttons[at];
      if (button) button.disabled = !states.includes(state) || (verb === "stop" && stopping);
    });
  }

  /** @param {typeof actions[number]} action */
  async #turn({ verb, label, question }) {
    if (question !== undefined && !window.confirm(question)) return;
    try {
      const answer = await this.#daemon.post(
        `lifecycle/${verb}?reason=${encodeURIComponent("the dashboard")}`,
      );
      this.show(answer);
      setText(this.#result, `${label}: the daemon is ${answer.state}.`);
    } catch (error) {
      const why = error instanceof Refusal ? error.message : "the daemon does not answer";
      setText(this.#result, `${label}: ${why}.`);
    }
  }
}
