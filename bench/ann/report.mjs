import { medianOf, qpsAt, recallTargets } from "./curve.mjs";
import { alignedLines } from "./table.mjs";

/** Build times are wall time, but for a build beside other work: then that of the processor. */
const BUSY_RATIO = 1.15;

/** What was found of each engine on one data set, from the points of each contestant. */
export function resultsOf(dataSet, pointsOf) {
  return [...pointsOf].map(([contestant, points]) => resultOf(dataSet, contestant, points));
}

function resultOf(dataSet, contestant, points) {
  const { curve, peer, record } = contestant;
  const measured = points.map(({ params, recall, qps }) => ({
    params,
    recall,
    qps: medianOf(qps),
  }));
  const residentPerRow = record.residentBytes / dataSet.rowCount;
  return {
    data: dataSet.name,
    engine: curve.engine,
    peer,
    rows: dataSet.rowCount,
    dim: dataSet.dim,
    metric: dataSet.metric,
    buildSeconds: buildSecondsOf(record),
    insertSeconds: record.insertSeconds,
    bytesPerRowRam: record.indexBytesPerRow ?? residentPerRow,
    bytesPerRowResident: residentPerRow,
    bytesPerRowDisk: record.bytesOnDisk / dataSet.rowCount,
    residentBytes: record.residentBytes,
    peakBytes: record.peakBytes,
    servedBy: record.servedBy,
    points: measured,
    qpsAt: Object.fromEntries(
      recallTargets.map((recall) => [recall.toFixed(2), qpsAt(measured, recall) ?? null]),
    ),
    spread: medianOf(points.map(({ qps }) => Math.max(...qps) / Math.min(...qps) - 1)),
    answers: points.map(({ answers }) => answers).join(" "),
  };
}

function buildSecondsOf({ seconds, cpuSeconds, insertSeconds }) {
  if (insertSeconds !== undefined) return seconds;
  return seconds > cpuSeconds * BUSY_RATIO ? cpuSeconds : seconds;
}

/** A line of JSON. */
export function jsonLine(result) {
  const { peer: _peer, ...fields } = result;
  const rounded = (_key, value) =>
    typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;
  return JSON.stringify(fields, rounded);
}

/** Tables of all engines on one data set. */
export function tableLines(dataSet, results, { queries, rounds, "cpu-time": isCpuTime }) {
  const reported = queries >> 1;
  return [
    `${dataSet.name}: ${dataSet.rowCount.toLocaleString("en")} x ${dataSet.dim}, ${dataSet.metric}, recall@10, ` +
      `${queries - reported} queries to tune and ${reported} reported, median of ${rounds}` +
      (isCpuTime ? ", by the time of the processors" : ""),
    "",
    ...summaryLines(results),
    "",
    ...results.flatMap(curveLines),
    "",
    ...ratioLines(results),
  ];
}

const targetHeads = recallTargets.map((recall) => recall.toFixed(2));

function summaryLines(results) {
  const head = ["engine", "build s", "RAM B/row", "resident", "disk B/row"];
  const rows = results.map((result) => [
    result.engine,
    result.buildSeconds.toFixed(1),
    Math.round(result.bytesPerRowRam),
    Math.round(result.bytesPerRowResident),
    Math.round(result.bytesPerRowDisk),
    ...targetHeads.map((target) => qpsText(result.qpsAt[target])),
    `±${Math.round((result.spread / 2) * 100)} %`,
  ]);
  return alignedLines([
    [...head, ...targetHeads.map((target) => `QPS ${target}`), "spread"],
    ...rows,
  ]);
}

function qpsText(qps) {
  return qps === null ? "never" : Math.round(qps).toString();
}

function curveLines({ engine, points, answers }) {
  const texts = points.map(({ params, recall, qps }) => {
    const effort = Object.entries(params)
      .filter(([, value]) => typeof value === "number")
      .map(([name, value]) => `${name} ${value}`);
    return `${effort.join(" ") || "exact"}: ${Math.round(qps)} @ ${recall.toFixed(4)}`;
  });
  return [engine, ...texts.map((text) => `  ${text}`), `  answers ${answers.split(" ").at(-1)}`];
}

/** Each of our indexes against the best of each peer at the same recall. */
function ratioLines(results) {
  const own = results.filter(({ peer }) => peer === undefined);
  const peers = [...new Set(results.map(({ peer }) => peer))].filter((peer) => peer !== undefined);
  if (own.length === 0 || peers.length === 0) return [];
  const rows = peers.flatMap((peer) =>
    own.map((result) => [
      `${result.engine} / ${peer}`,
      ...targetHeads.map((target) =>
        ratioText(result.qpsAt[target], bestOf(results, peer, target)),
      ),
    ]),
  );
  return alignedLines([["times as fast", ...targetHeads], ...rows]);
}

/** The best of a peer's curves at this recall; `null` when none finds as much. */
function bestOf(results, peer, target) {
  const speeds = results
    .filter((result) => result.peer === peer)
    .map(({ qpsAt: at }) => at[target]);
  const best = Math.max(...speeds.map((speed) => speed ?? 0));
  return best > 0 ? best : null;
}

function ratioText(own, other) {
  if (own === null) return "never";
  return other === null ? "only we" : `${(own / other).toFixed(2)}`;
}
