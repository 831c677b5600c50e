import { flagText, usageOf } from "./help.ts";
import type { Verb } from "./verb.ts";

/** docs/cli.md, from the table of verbs. */
export function cliPage(verbs: readonly Verb[]): string {
  return `# Command line

Generated from \`src/cli/verbs.ts\`; \`npm run docs\` regenerates it.

Verbs that talk to a running daemon do so over its management interface: \`--admin HOST:PORT\`, else the environment
variable \`PODMATE_ADMIN\`, else \`127.0.0.1:9901\`. The file that \`PODMATE_TOKEN_FILE\` names holds the token for changes
from elsewhere (\`admin.remote\`). Exit codes: 0 done, 1 failed, 2 wrong usage, 64 bad configuration.

${verbs.map(section).join("\n")}`;
}

function section(verb: Verb): string {
  const flags = verb.flags.map((flag) => `| \`${flagText(flag)}\` | ${flag.help} |`);
  const table = flags.length === 0 ? "" : `\n| flag | meaning |\n|---|---|\n${flags.join("\n")}\n`;
  return `## ${verb.name}

    ${usageOf(verb)}

${verb.summary}
${table}
${verb.details}
`;
}
