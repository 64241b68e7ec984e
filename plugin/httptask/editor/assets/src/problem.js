// How a test ended: what the workflow does next, what went wrong, and where.

import { html, nothing } from "../vendor/lit.js";
import * as icons from "./icons.js";

export function verdict({ trace }) {
  if (!trace) return nothing;
  const kind = { completed: "good", stopped: "", retriable: "warn" }[trace.status] ?? "bad";
  return html`<p class="verdict ${kind}">${kind === "good" ? icons.check : icons.warn}<span>Next: ${
    trace.nextStep || trace.status
  }</span></p>`;
}

/** What went wrong, and where. */
export function problem(store, { trace, error }) {
  const found = error ?? trace?.error;
  const warnings = trace?.warnings ?? [];
  if (!found && !warnings.length) return nothing;
  return html`${
    found
      ? html`<div class="problem" role="alert">
      <p><strong>${found.message}</strong> <code>${found.code}</code></p>
      ${found.hint ? html`<p>${found.hint}</p>` : nothing}
      ${(trace?.suggestions ?? [])
        .filter((each) => each !== found.hint)
        .map((each) => html`<p>${linked(store, each)}</p>`)}
      ${
        found.pointer
          ? html`<p><button class="link" @click=${() => goTo(store, found.pointer)}>Go to
        ${found.pointer.split("/").at(-1)}</button> <code>${found.pointer}</code></p>`
          : nothing
      }</div>`
      : nothing
  }
    ${warnings.map(
      (each) => html`<p class="message warning">${icons.warn}<span>${each.message ?? String(each)}</span></p>`,
    )}`;
}

/** A suggestion; the place that it names is a link. */
function linked(store, text) {
  const [before, pointer, after] = text.split(/ (\/inputParameters[^\s;]*)/);
  return pointer
    ? html`${before} <button class="link" @click=${() => goTo(store, pointer)}>${pointer}</button>${after}`
    : text;
}

function goTo(store, pointer) {
  const place = store.edits.pointer();
  store.goTo(place && pointer.startsWith(`${place}/`) ? pointer.slice(place.length) : pointer);
}
