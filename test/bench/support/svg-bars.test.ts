import t from "tap";
import { barChart } from "../../../bench/support/svg-bars.ts";

const chart = barChart({
  title: "CPU <per> request",
  subtitle: "a & b",
  reference: "twemproxy",
  groups: [
    {
      title: "first",
      bars: [
        { label: "podmate", value: 0.5, note: "10 µs", ours: true },
        { label: "twemproxy", value: 1, note: "20 µs", ours: false },
      ],
    },
    { title: "second", bars: [{ label: "podmate", value: 2, note: "40 µs", ours: true }] },
  ],
});

t.test("bars are as long as their values say, on one scale for all groups", async (t) => {
  const lengths = [...chart.matchAll(/<rect class="(\w+)" [^>]* width="([\d.]+)"/g)].map((match) =>
    Number(match[2]),
  );
  t.equal(lengths.length, 3);
  t.ok(Math.abs(lengths[1]! / lengths[0]! - 2) < 0.01);
  t.ok(Math.abs(lengths[2]! / lengths[0]! - 4) < 0.01);
  t.ok(lengths[2]! < 860);
});

t.test("the reference line stands at the end of a bar of 1", async (t) => {
  const bar = /<rect class="peer" x="([\d.]+)" y="[\d.]+" width="([\d.]+)"/.exec(chart)!;
  const line = /<line class="line" x1="([\d.]+)"/.exec(chart)!;
  t.ok(Math.abs(Number(bar[1]) + Number(bar[2]) - Number(line[1])) < 0.2);
});

t.test("texts are escaped, and there are colours for dark readers", async (t) => {
  t.match(chart, "CPU &#60;per&#62; request");
  t.match(chart, "a &#38; b");
  t.match(chart, "prefers-color-scheme: dark");
  t.match(chart, /<\/svg>\n$/);
});

t.test("everything lies within the picture", async (t) => {
  const height = Number(/height="(\d+)" role/.exec(chart)![1]);
  for (const match of chart.matchAll(/ y="([\d.]+)"/g)) t.ok(Number(match[1]) < height, match[0]);
});
