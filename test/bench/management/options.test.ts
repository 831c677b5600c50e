import t from "tap";
import { parseManagementOptions } from "../../../bench/management/options.ts";

t.test("defaults: both protocols", async (t) => {
  t.same(parseManagementOptions([]), {
    seconds: 3,
    warmup: 2,
    rounds: 5,
    protocols: ["memcache", "http"],
    each: 8,
    podmateCommand: null,
    json: null,
  });
  t.equal(parseManagementOptions(["--help"]), null);
  t.match(parseManagementOptions(["--quick", "--protocol", "http"]), { rounds: 1, protocols: ["http"] });
});

t.test("what it does not know is refused", async (t) => {
  t.throws(() => parseManagementOptions(["--protocol", "gopher"]), { message: /there is no "gopher"/ });
  t.throws(() => parseManagementOptions(["--each", "0"]), { message: /each/ });
});
