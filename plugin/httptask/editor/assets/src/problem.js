// How a test ended: what the workflow does next, what went wrong, and where.

import { html, nothing } from "../vendor/lit.js";
import * as icons from "./icons.js";

const LONGEST = 240;

export function verdict({ trace }) {
  if (!trace) return nothing;
  const kind = { completed: "good", stopped: "", retriable: "warn" }[trace.status] ?? "bad";
  return html`<p class="verdict ${kind}">${kind === "good" ? icons.check : icons.warn}<span>Next: ${
    trace.nextStep || trace.status
  }</span></p>`;
}

/** What went wrong, and where. */
export function problem(store, { trace, error, cancelled }) {
  const found = error ?? trace?.error;
  const warnings = trace?.warnings ?? [];
  if (cancelled && found?.code === "cancelled" && !warnings.length) return nothing;
  if (!found && !warnings.length) return nothing;
  const told = found && isTold(store, found);
  return html`${
    found
      ? html`<div class="problem" role="alert">
      ${told ? nothing : html`<p><strong>${brief(found.message)}</strong> <code>${found.code}</code></p>`}
      ${found.hint && !told ? html`<p>${found.hint}</p>` : nothing}
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

/** The body of a response is shown below: its beginning is enough. */
function brief(message) {
  const [line] = message.split("\n");
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
}

/** Whether the field that an error is about shows it already. */
function isTold(store, { message, pointer }) {
  return store.checks.here.some((each) => each.message === message && pointer?.endsWith(each.pointer));
}

function goTo(store, pointer) {
  const place = store.edits.pointer();
  store.goTo(place && pointer.startsWith(`${place}/`) ? pointer.slice(place.length) : pointer);
}
