import type { ConfigSource } from "../app.ts";
import { readConfigText } from "../config/load-config.ts";
import { readTwemproxy } from "../config/twemproxy.ts";

/** twemproxy's own file, read anew at each reload as ours is. */
export function twemproxySource(file: string): ConfigSource {
  return {
    origin: file,
    file,
    read() {
      const content = readConfigText(file);
      return content.ok ? readTwemproxy(content.text, file) : content;
    },
  };
}
