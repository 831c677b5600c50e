import t from "tap";
import { hideInText, hideInTexts } from "../../src/core/secret-text.ts";

t.test("a text is shown without the secrets that show themselves", async (t) => {
  const cases: readonly [string, string][] = [
    ["http://u:sesame@h:1/p", "http://u:********@h:1/p"],
    ["http://h/hook?room=1&token=sesame&x=2#f", "http://h/hook?room=1&token=********&x=2#f"],
    ["http://h/?api_key=sesame", "http://h/?api_key=********"],
    ["--password=sesame", "--password=********"],
    ["DB_PASSWORD=sesame", "DB_PASSWORD=********"],
    ["-----BEGIN RSA PRIVATE KEY-----\nsesame", "********"],
  ];
  for (const [text, shown] of cases) t.equal(hideInText(text), shown);
  for (const plain of ["10.0.0.1:11211", "/etc/podmate/token", "http://h/p?q=1&page=2", "500ms", "a=b"]) {
    t.equal(hideInText(plain), plain);
  }
});

t.test("so are commands and whatever else is nested", async (t) => {
  t.same(
    hideInTexts({
      exec: ["/bin/tell", "--token", "sesame", "-v", "x"],
      url: "http://u:p@h/",
      at: 1,
      no: null,
    }),
    { exec: ["/bin/tell", "--token", "********", "-v", "x"], url: "http://u:********@h/", at: 1, no: null },
  );
});
