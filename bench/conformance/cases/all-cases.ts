import type { ConformanceCase } from "../conformance-case.ts";
import { answerCases } from "./answers.ts";
import { connectionCases } from "./connections.ts";
import { fieldCases } from "./fields.ts";
import { framingCases } from "./framing.ts";
import { interimCases } from "./interim.ts";
import { oneHopCases } from "./one-hop.ts";
import { requestLineCases } from "./request-line.ts";

/** In the order of the table. */
export const allCases: readonly ConformanceCase[] = [
  ...framingCases,
  ...requestLineCases,
  ...fieldCases,
  ...oneHopCases,
  ...interimCases,
  ...answerCases,
  ...connectionCases,
];
