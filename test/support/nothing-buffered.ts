import { bufferedBytes } from "../../src/core/buffer-pool.ts";
import type { Plane } from "./plane.ts";
import type { Teardown } from "./teardown.ts";
import { until } from "./until.ts";

/** Fails the test if, once the plane is closed, connections of this thread still hold buffers. */
export function expectNothingBuffered(t: Teardown, plane: Plane): void {
  t.teardown(async () => {
    await plane.close();
    await until(() => bufferedBytes() === 0, `${bufferedBytes()} bytes are still held in buffers`, 2_000);
  });
}
