import t from "tap";
import { hiddenValue, isSecretName } from "../../../src/core/secret-text.ts";
import { hideSecrets } from "../../../src/roles/app/secrets.ts";

t.test("keys tell what is secret", async (t) => {
  const secret =
    "password DB_PASSWORD dbPasswd passphrase client_secret clientSecret AWS_SECRET_ACCESS_KEY api-key apiKey api_key token accessToken private_key credentials Authorization cookie DATABASE_DSN key";
  for (const key of secret.split(" ")) t.ok(isSecretName(key), key);
  for (const key of "name host user port keyspace passive monkey database path".split(" "))
    t.notOk(isSecretName(key), key);
});

t.test("secrets are hidden at any depth, whatever they are", async (t) => {
  const shown = hideSecrets({
    port: 80,
    password: "hunter2",
    tokens: ["a", "b"],
    credentials: { user: "u", pass: "p" },
    absent_token: null,
    list: [{ secret: 1, note: "kept" }],
    env: [
      { name: "DB_PASSWORD", value: "hunter2" },
      { name: "PORT", value: "80" },
    ],
  });
  t.same(shown, {
    port: 80,
    password: hiddenValue,
    tokens: hiddenValue,
    credentials: hiddenValue,
    absent_token: null,
    list: [{ secret: hiddenValue, note: "kept" }],
    env: [
      { name: "DB_PASSWORD", value: hiddenValue },
      { name: "PORT", value: "80" },
    ],
  });
});

t.test("passwords in URLs and private keys are hidden wherever they stand", async (t) => {
  t.equal(hideSecrets("postgres://u:hunter2@db/x?y=z"), `postgres://u:${hiddenValue}@db/x?y=z`);
  t.equal(hideSecrets("DB_PASSWORD=hunter2"), `DB_PASSWORD=${hiddenValue}`);
  t.equal(hideSecrets("--token=hunter2"), `--token=${hiddenValue}`);
  t.equal(hideSecrets("a=b"), "a=b");
  t.equal(hideSecrets("http://host:80/a@b"), "http://host:80/a@b");
  t.equal(hideSecrets("-----BEGIN RSA PRIVATE KEY-----\nabc"), hiddenValue);
});

t.test("a key named __proto__ is a key, and what is too deep is refused", async (t) => {
  const shown = hideSecrets(JSON.parse('{"__proto__": {"password": "x"}}')) as object;
  t.same(Object.keys(shown), ["__proto__"]);
  t.notMatch(JSON.stringify(shown), "x");
  t.throws(() => hideSecrets(JSON.parse("[".repeat(5000) + "]".repeat(5000))), /nested more than 64 deep/);
});
