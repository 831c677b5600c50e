import { builtinModules } from "node:module";
import type { Plugin } from "esbuild";

/**
 * Has a bundle take Node's own modules from `process.getBuiltinModule`. An `import` of one reads all of its exports, and
 * some of those load further modules of Node at their first reading: 5 to 10 ms each.
 */
export const takeBuiltinModules: Plugin = {
  name: "builtin modules",
  setup(build) {
    build.onResolve({ filter: /^[a-z][a-z0-9_:/]*$/ }, ({ path, kind }) => {
      const name = path.replace(/^node:/, "");
      if (!builtinModules.includes(name)) return undefined;
      const namespace = kind === "require-call" ? "required" : "imported";
      return { path: `node:${name}`, namespace, sideEffects: false };
    });
    build.onLoad({ filter: /./, namespace: "required" }, ({ path }) => ({
      contents: `module.exports = ${taken(path)};`,
    }));
    build.onLoad({ filter: /./, namespace: "imported" }, ({ path }) => ({ contents: asModule(path) }));
  },
};

const taken = (path: string): string => `process.getBuiltinModule(${JSON.stringify(path)})`;

/** Source of a module with the same exports, each of which is left out and never read where nobody imports it. */
function asModule(path: string): string {
  const names = Object.keys(process.getBuiltinModule(path) ?? {}).filter((name) => name !== "default");
  return [
    `const all = /* @__PURE__ */ (() => ${taken(path)})();`,
    "export default all;",
    // Under other names, for some are words of the language.
    ...names.map((name, i) => `const of${i} = /* @__PURE__ */ (() => all[${JSON.stringify(name)}])();`),
    ...names.map((name, i) => `export { of${i} as ${JSON.stringify(name)} };`),
  ].join("\n");
}
