import t from "tap";
import { type Caller, guardChange, guardHost, guardRead, isLocal } from "../../src/admin/guard.ts";

const local: Caller = {
  remoteAddress: "127.0.0.1",
  host: "127.0.0.1:9901",
  origin: undefined,
  site: undefined,
  isVisit: false,
  isForwarded: false,
  hasToken: false,
};
const refusal = (status: number) => Object.assign(new Error(), { status });
const closed = { token_file: null, hosts: [] };
const open = { token_file: "/token", hosts: ["podmate.shop.svc"] };

t.test("changes pass from loopback, under an address of its own", async (t) => {
  const cases: Caller[] = [
    local,
    { ...local, remoteAddress: "::1", host: "[::1]:9901" },
    { ...local, remoteAddress: "::ffff:127.0.0.1" },
    { ...local, remoteAddress: "127.8.8.8" },
    { ...local, host: "localhost:9901" },
    { ...local, host: undefined },
    { ...local, origin: "http://127.0.0.1:9901" },
    { ...local, site: "same-origin" },
    { ...local, site: "none", isVisit: true },
    { ...local, remoteAddress: undefined, host: "localhost" },
  ];
  for (const caller of cases) {
    t.doesNotThrow(() => guardChange(caller, closed), JSON.stringify(caller));
    t.equal(isLocal(caller), true);
  }
});

t.test("changes are refused from elsewhere, and on behalf of web pages", async (t) => {
  const cases: Caller[] = [
    { ...local, remoteAddress: "10.0.0.7" },
    { ...local, remoteAddress: "::ffff:10.0.0.7" },
    { ...local, remoteAddress: "fe80::1" },
    { ...local, isForwarded: true },
    { ...local, host: "evil.example:9901" },
    { ...local, host: "127.0.0.1.evil.example" },
    { ...local, origin: "http://evil.example" },
    { ...local, origin: "null" },
    { ...local, origin: "https://127.0.0.1:9901" },
    { ...local, site: "cross-site" },
    { ...local, site: "cross-site", isVisit: true },
    { ...local, site: "same-site" },
  ];
  for (const caller of cases) {
    t.throws(() => guardChange(caller, closed), refusal(403), JSON.stringify(caller));
  }
});

t.test("where tokens count, whoever has none is asked for one, and whoever has one may", async (t) => {
  for (const caller of [
    { ...local, remoteAddress: "10.0.0.7" },
    { ...local, isForwarded: true },
  ]) {
    t.throws(() => guardChange(caller, open), refusal(401));
    t.doesNotThrow(() => guardChange({ ...caller, hasToken: true, host: "any.name" }, open));
  }
  t.throws(() => guardChange({ ...local, origin: "http://evil.example" }, open), refusal(403));
});

t.test("what is read is refused under foreign names too, but for those that are given", async (t) => {
  const page = { ...local, host: "evil.example:9901" };
  t.throws(() => guardHost(page, closed), refusal(403));
  t.doesNotThrow(() => guardHost({ ...page, hasToken: true }, closed));
  t.doesNotThrow(() => guardHost({ ...local, host: "PodMate.shop.svc:9901" }, open));
  t.throws(() => guardHost({ ...local, host: "podmate.shop.svc.evil.example" }, open), refusal(403));
  t.doesNotThrow(() => guardHost({ ...local, remoteAddress: "10.0.0.7", host: "10.0.0.8:9901" }, closed));
});

t.test("what is read is refused to pages of other origins, but not to who follows a link", async (t) => {
  for (const site of ["cross-site", "same-site"]) {
    t.throws(() => guardRead({ ...local, site }, closed), refusal(403), site);
    t.doesNotThrow(() => guardRead({ ...local, site, isVisit: true }, closed), site);
    t.doesNotThrow(() => guardRead({ ...local, site, hasToken: true }, closed), site);
  }
  for (const site of ["same-origin", "none", undefined]) {
    t.doesNotThrow(() => guardRead({ ...local, site }, closed), String(site));
  }
  t.throws(() => guardRead({ ...local, host: "evil.example", isVisit: true }, closed), refusal(403));
});
