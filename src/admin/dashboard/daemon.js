/** How long an answer may take, in ms. */
const patience = 5_000;

/** The daemon has answered with an error. */
export class Refusal extends Error {}

/** The management interface that has served this page. Paths are relative, so that a proxy may put it under another. */
export class Daemon {
  /** Lives as long as the page. */
  #token = "";

  /** @param {string} token */
  setToken(token) {
    this.#token = token;
  }

  /**
   * Rejects with a Refusal, or with why there was no answer.
   * @param {string} path
   * @returns {Promise<any>}
   */
  get(path) {
    return this.#ask("GET", path);
  }

  /**
   * All of a list that comes in pages.
   * @param {string} path
   * @param {string} name of the list in the answer
   * @returns {Promise<any[]>}
   */
  async all(path, name) {
    const all = [];
    let page = await this.get(path);
    for (;;) {
      all.push(...page[name]);
      if (page.next === null) return all;
      page = await this.get(`${path}?after=${inUrl(page.next)}`);
    }
  }

  /**
   * @param {string} path
   * @param {object} [body] sent as JSON
   * @returns {Promise<any>}
   */
  post(path, body) {
    return this.#ask("POST", path, body);
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   */
  async #ask(method, path, body) {
    const response = await fetch(path, {
      method,
      headers: {
        ...(this.#token !== "" && { authorization: `Bearer ${this.#token}` }),
        ...(body && { "content-type": "application/json" }),
      },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(patience),
      cache: "no-store",
    });
    const answer = await response.json();
    if (response.ok) return answer;
    throw new Refusal(String(answer.detail ?? `the daemon answered ${response.status}`));
  }
}

/**
 * A name or key, as part of a path or query.
 * @param {string} text
 */
export function inUrl(text) {
  return encodeURIComponent(text.toWellFormed());
}
