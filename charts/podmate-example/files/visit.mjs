// Visits the app at APP, and says what it answers. With COUNTS=yes it fails unless a second visit is one more: then the
// app reaches memcached through podmate.
const { APP, COUNTS } = process.env;

async function visit() {
  const response = await fetch(`${APP}/?user=helm-test`, { signal: AbortSignal.timeout(10_000) });
  const text = await response.text();
  console.log(`${response.status} ${text.trim()}`);
  if (!response.ok) throw new Error(`the app answers ${response.status}`);
  return JSON.parse(text).visits;
}

const first = await visit();
const second = await visit();
if (COUNTS === "yes" && !(second > first)) {
  throw new Error(
    `${first} and then ${second} visits: the app does not reach memcached (podmate status says why)`,
  );
}
