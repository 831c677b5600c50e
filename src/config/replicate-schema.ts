import type { Static } from "typebox";
import { absent, duration, flag, listOf, section, text, whole } from "./schema-terms.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: a zero byte ends a word of a command
const word = /^[^\x00]{0,4096}$/;

const replicas = { min: 0, max: 10_000 };

const settings = section({
  kubernetes: flag({
    description:
      "Scales the owner of the pod (Deployment, StatefulSet, or what else has a scale subresource) by the pod's service account.",
    default: false,
  }),
  command: absent(listOf(text(word, "a text", { description: "A word." }), { description: "Words." }, 1), {
    description:
      "Command with its arguments, without a shell, in place of `kubernetes`. It finds the wanted number in its environment as `REPLICAS`; 0 is a success.",
  }),
  min: whole(replicas, { description: "Fewest replicas that may be asked for.", default: 1 }),
  max: whole(replicas, { description: "Most replicas that may be asked for.", default: 10 }),
  cool_down: duration(
    { min: 1, max: 86_400_000 },
    {
      description: "After a change no other one is taken for so long; each podmate counts for itself.",
      default: "1m",
      zero: "none",
    },
  ),
  timeout: duration(
    { min: 1, max: 300_000 },
    { description: "Longest time of a request, all its steps together.", default: "10s" },
  ),
});

/** The section `replicate`. */
export const replicate = absent(settings, {
  description: "What `POST /replicate` may do. If absent, it does nothing.",
});

export type ReplicateForm = Static<typeof settings>;
