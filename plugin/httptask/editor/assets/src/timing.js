// The waterfall: each exchange with its phases, grouped by attempt; then the stages.

import { html, nothing, svg } from "../vendor/lit.js";
import { duration } from "./units.js";

const PHASES = ["dns", "connect", "tls", "send", "wait", "receive"];
const TITLES = { dns: "DNS", connect: "connect", tls: "TLS", send: "send", wait: "wait", receive: "receive" };

const TIMES = { 0: "", 1: "" };

export function timing(trace) {
  if (!trace) return nothing;
  const whole = Math.max(trace.durationMs, 0.001);
  const bar = (kind, start, length, title) =>
    svg`<rect class="bar ${kind}" rx="2" x="${(100 * start) / whole}%" y="4" height="10"
      width="${Math.max((100 * length) / whole, 0.5)}%"><title>${title}</title></rect>`;
  return html`
    <div class="legend">${PHASES.map(
      (phase) => html`<span><svg class="swatch" aria-hidden="true"><rect
      class="bar ${phase}" width="9" height="9" rx="2"></rect></svg>${TITLES[phase]}</span>`,
    )}</div>
    <table class="waterfall" aria-label="Exchanges"><tbody>${trace.exchanges.map((each) =>
      exchange(each, bar),
    )}</tbody></table>
    ${
      trace.attempts.length > 1
        ? html`<h3 id="hte-attempts">Attempts</h3><ol class="plain-list"
      aria-labelledby="hte-attempts">${trace.attempts.map(
        ({ number, verdict }) => html`<li><strong>${number}</strong>
        ${verdict.action.replaceAll("_", " ")} <span class="muted">${verdict.reason}${
          verdict.retryAfter ? ` (after ${verdict.retryAfter} s)` : ""
        }</span></li>`,
      )}</ol>`
        : nothing
    }
    <h3>Stages and layers</h3>
    <table class="waterfall" aria-label="Stages and layers"><tbody>${steps(trace).map((each) =>
      step(each, bar),
    )}</tbody></table>`;
}

function steps({ stages, layers }) {
  const around = layers.map((layer) => ({
    ...layer,
    name: `${layer.slot} ${layer.kind}`,
    note: TIMES[layer.inward] ?? `${layer.inward} times inward`,
  }));
  return [...stages, ...around].toSorted((one, other) => one.startedMs - other.startedMs);
}

function step({ name, plugin, attempt, note, error, startedMs, durationMs }, bar) {
  const about = [plugin, note, attempt > 1 && `attempt ${attempt}`].filter(Boolean).join(" · ");
  return html`<tr class=${error ? "failed" : ""}><th scope="row"><span
    class="mono">${name}</span><small>${about}</small></th>
    <td class="track"><svg role="presentation">${bar("stage", startedMs, durationMs, name)}</svg></td><td
      class="time">${duration(durationMs)}</td></tr>`;
}

function exchange({ purpose, attempt, request, response, error, startedMs, timings, remoteAddress }, bar) {
  let at = startedMs;
  const bars = PHASES.filter((phase) => timings[phase] !== null && timings[phase] !== undefined).map((phase) => {
    const drawn = bar(phase, at, timings[phase], `${TITLES[phase]} ${duration(timings[phase])}`);
    at += timings[phase];
    return drawn;
  });
  return html`<tr><th scope="row">${
    purpose === "task"
      ? ""
      : html`<span class="tag">${purpose}</span>
    `
  }${request.method} <span class="mono">${response?.status ?? error?.code ?? "–"}</span><small>attempt
      ${attempt}${remoteAddress ? ` · ${remoteAddress}` : ""}</small></th>
    <td class="track"><svg role="presentation">${bars}</svg></td><td class="time">${duration(timings.total)}</td></tr>
    <tr class="phases"><td colspan="3">${PHASES.filter(
      (phase) => timings[phase] !== null && timings[phase] !== undefined,
    ).map(
      (phase) => html`<span class="fact">${TITLES[phase]}
        <code>${duration(timings[phase])}</code></span>`,
    )}</td></tr>`;
}
