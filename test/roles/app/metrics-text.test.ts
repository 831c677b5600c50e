import t from "tap";
import { BadText } from "../../../src/roles/app/bad-text.ts";
import { parseMetrics } from "../../../src/roles/app/metrics-text.ts";
import { type MetricsForm, writeMetrics } from "../../../src/roles/app/write-metrics.ts";

function rewritten(text: string, form: MetricsForm = "prometheus"): string {
  return writeMetrics(parseMetrics(text).families, form);
}

/** What parsing throws. */
function refusal(text: string): unknown {
  try {
    return parseMetrics(text);
  } catch (error) {
    return error;
  }
}

const plain = `# HELP jobs_total Jobs "done", by C:\\\\kind\\nand more.
# TYPE jobs_total counter
jobs_total{kind="mail",note="a \\"b\\" \\\\ \\n"} 3
jobs_total{kind="sms"} 1e3 1700000000000
# TYPE load gauge
load +Inf
load{of="cpu"} NaN
# TYPE took_seconds histogram
took_seconds_bucket{le="0.1"} 1
took_seconds_bucket{le="+Inf"} 2
took_seconds_sum 0.5
took_seconds_count 2
# TYPE bare untyped
bare 1
`;

t.test("what is served as Prometheus text is what came", async (t) => {
  t.equal(rewritten(plain), plain);
  t.match(parseMetrics(plain), { samples: 9, refused: 0 });
});

t.test(
  "for OpenMetrics, counters lose their suffix, times become seconds, and unknown is what is not known",
  async (t) => {
    t.equal(
      rewritten(plain, "openmetrics"),
      `# TYPE jobs counter
# HELP jobs Jobs \\"done\\", by C:\\\\kind\\nand more.
jobs_total{kind="mail",note="a \\"b\\" \\\\ \\n"} 3
jobs_total{kind="sms"} 1e3 1700000000
# TYPE load gauge
load +Inf
load{of="cpu"} NaN
# TYPE took_seconds histogram
took_seconds_bucket{le="0.1"} 1
took_seconds_bucket{le="+Inf"} 2
took_seconds_sum 0.5
took_seconds_count 2
# TYPE bare unknown
bare 1
`,
    );
    t.equal(
      rewritten("# TYPE jobs counter\njobs 1\n", "openmetrics"),
      "# TYPE jobs unknown\njobs 1\n",
      "a counter without _total is none there",
    );
  },
);

t.test("OpenMetrics is read as far as the plain format can say it", async (t) => {
  const open = `# TYPE jobs counter
# UNIT jobs jobs
# HELP jobs Jobs.
jobs_total{kind="mail"} 3 1700000000.5 # {trace="x"} 1 1700000000
jobs_created{kind="mail"} 1600000000
# TYPE app info
app_info{version="1"} 1
# TYPE mode stateset
mode{mode="on"} 1
# EOF
`;
  t.equal(
    rewritten(open),
    `# HELP jobs_total Jobs.
# TYPE jobs_total counter
jobs_total{kind="mail"} 3 1700000000500
# TYPE app_info gauge
app_info{version="1"} 1
# TYPE mode gauge
mode{mode="on"} 1
`,
  );
});

t.test("a metric in several pieces comes out in one, and one without samples not at all", async (t) => {
  t.equal(
    rewritten('a 1\nb 2\na{x="1",} 3\n# TYPE c gauge\n'),
    '# TYPE a untyped\na 1\na{x="1"} 3\n# TYPE b untyped\nb 2\n',
  );
  t.equal(rewritten(""), "");
});

t.test("what says of which range a sample is, is a number there alone", (t) => {
  const text = `# TYPE h histogram
h_bucket{a="\\",le=\\"many",le="+Inf"} 1
h_sum 1
h_count 1
# TYPE g gauge
g{le="many",quantile="most"} 1
`;
  t.equal(parseMetrics(text).samples, 4);
  const most = `jobs{${Array.from({ length: 64 }, (_, i) => `l${i}="x"`).join(",")}} 1`;
  t.equal(parseMetrics(most).samples, 1);
  t.end();
});

t.test("names of podmate's are left out, however they are hidden", async (t) => {
  const lies = [
    "podmate_build_info 2\n",
    "# TYPE podmate_x gauge\npodmate_x 1\n",
    '# TYPE podmate histogram\npodmate_bucket{le="+Inf"} 1\npodmate_sum 1\npodmate_count 1\n',
  ];
  for (const lie of lies) t.match(parseMetrics(`${lie}own 1\n`), { refused: 1, samples: 1 }, lie);
  t.throws(() => parseMetrics('own{__name__="podmate_build_info"} 1\n'), /line 1: the label __name__/);
});

const malformed: Readonly<Record<string, string>> = {
  "a page of HTML": "<html><body>404</body></html>",
  "no value": "jobs_total",
  "a value that is none": "jobs_total one",
  "a value too large for a float": "jobs_total 1e400",
  "a bucket without a number": '# TYPE h histogram\nh_bucket{a=",le=",le="many"} 1',
  "a quantile without a number": '# TYPE s summary\ns{quantile="1e999"} 1',
  "a label too many": `jobs{${Array.from({ length: 65 }, (_, i) => `l${i}="x"`).join(",")}} 1`,
  "too many words": "jobs_total 1 2 3",
  "a time that is none": "jobs_total 1 now",
  "a label without quotes": "jobs{kind=mail} 1",
  "a label without an end": 'jobs{kind="mail 1',
  "braces without an end": 'jobs{kind="mail" 1',
  "an unknown escape": 'jobs{kind="\\d"} 1',
  "a label twice": 'jobs{kind="a",kind="b"} 1',
  "a series twice": 'jobs{a="1",b="2"} 1\njobs{b="2",a="1"} 1',
  "a type after the samples": "jobs 1\n# TYPE jobs gauge",
  "two types": "# TYPE jobs gauge\n# TYPE jobs counter\njobs 1",
  "no type that there is": "# TYPE jobs tally\njobs 1",
  "no type at all": "# TYPE jobs\njobs 1",
  "something after the end": "jobs 1\n# EOF\nmore 1\n# EOF",
  "a counter of two names": "# TYPE jobs counter\njobs 1\njobs_total 1",
  "two metrics of one name": '# TYPE b counter\nb_total 1\n# TYPE b_total gauge\nb_total{x="1"} 1',
  "a name in quotes": '{"my.jobs"} 1',
};
for (const [what, text] of Object.entries(malformed)) {
  t.test(`${what} is malformed`, async (t) => {
    t.ok(refusal(text) instanceof BadText);
  });
}
