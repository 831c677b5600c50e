import { largestFile } from "../config/load-config.ts";
import { CannotGoOn } from "./cannot-go-on.ts";
import { exitCode } from "./verb.ts";

/** All that comes by standard input, as text. Rejects with CannotGoOn beyond what a file may have. */
export async function standardInput(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > largestFile) {
      throw new CannotGoOn(exitCode.badConfig, "podmate: standard input holds more than 1 MiB");
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
