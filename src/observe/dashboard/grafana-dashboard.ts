import { exposedName, metricTable } from "../metric-table.ts";
import type { Panel, Row } from "./panel.ts";
import { rows } from "./rows.ts";

/** Of the 24 columns of Grafana's grid. */
const panelWidth = 8;
const panelHeight = 8;
const perLine = 24 / panelWidth;

const datasource = { type: "prometheus", uid: "$datasource" };

/** A Grafana dashboard (JSON model of Grafana 9 and later) of the metrics of the table. */
export function grafanaDashboard(): object {
  return {
    title: "podmate",
    uid: "podmate",
    description: "Generated from podmate's table of metrics by `npm run docs`.",
    tags: ["podmate"],
    schemaVersion: 37,
    editable: true,
    graphTooltip: 1,
    refresh: "30s",
    time: { from: "now-1h", to: "now" },
    templating: { list: variables() },
    annotations: { list: [] },
    panels: layOut(rows),
  };
}

function variables(): object[] {
  const build = exposedName("build", "info", metricTable.build.info);
  return [
    { name: "datasource", label: "Data source", type: "datasource", query: "prometheus" },
    {
      name: "instance",
      label: "Instance",
      type: "query",
      datasource,
      definition: `label_values(${build}, instance)`,
      query: { query: `label_values(${build}, instance)`, refId: "instance" },
      refresh: 2,
      multi: true,
      includeAll: true,
      allValue: ".*",
      current: { text: "All", value: "$__all" },
    },
  ];
}

/** Rows one below the other, three panels side by side. */
function layOut(rows: readonly Row[]): object[] {
  const laid: object[] = [];
  let y = 0;
  for (const { title, panels } of rows) {
    laid.push({
      id: laid.length + 1,
      type: "row",
      title,
      collapsed: false,
      panels: [],
      gridPos: { x: 0, y, w: 24, h: 1 },
    });
    y += 1;
    for (const [at, panel] of panels.entries()) {
      const line = Math.floor(at / perLine);
      const gridPos = {
        x: (at % perLine) * panelWidth,
        y: y + line * panelHeight,
        w: panelWidth,
        h: panelHeight,
      };
      laid.push({ id: laid.length + 1, ...timeSeries(panel), gridPos });
    }
    y += Math.ceil(panels.length / perLine) * panelHeight;
  }
  return laid;
}

function timeSeries({ title, unit, help, queries }: Panel): object {
  return {
    type: "timeseries",
    title,
    ...(help !== undefined && { description: help }),
    datasource,
    fieldConfig: {
      defaults: { unit, min: 0, custom: { fillOpacity: 8, showPoints: "never" } },
      overrides: [],
    },
    options: {
      legend: { displayMode: "table", placement: "bottom", calcs: ["mean", "max"], showLegend: true },
      tooltip: { mode: "multi", sort: "desc" },
    },
    targets: queries.map(({ expr, legend }, at) => ({
      refId: String.fromCharCode(65 + at),
      datasource,
      expr,
      legendFormat: legend,
    })),
  };
}
