// Earlier tests of this task, and how their bodies differ from the one in view.

import { html, nothing } from "../vendor/lit.js";
import { diff } from "./diff.js";
import { fixtureOf, hasResponse, saveText, whyNoFixture } from "./fixture.js";
import { stringify } from "./lossless.js";
import { duration } from "./units.js";

export function historyView(store, runs) {
  const { run } = store.state;
  if (!runs.length) return html`<p class="quiet">No tests yet.</p>`;
  const at = runs.indexOf(run);
  const before = runs[at + 1];
  const choose = (each) => {
    store.set({ mapping: null });
    store.tests.show(each);
  };
  const entry = (each) => html`<li><button aria-current=${each === run ? "true" : "false"} @click=${() => choose(each)}>
      <span class="status s${String(statusOf(each))[0]}">${statusOf(each)}</span>
      <span>${each.startedAt.toLocaleTimeString()}</span>
      <span class="muted">${duration(each.trace?.durationMs ?? each.elapsed)}</span></button>
      ${store.state.readOnly ? nothing : acts(store, each)}</li>`;
  return html`<ol class="history" aria-label="Tests">${runs.map(entry)}</ol>
    ${before ? html`<h3>Changed since the previous test</h3>${changes(before, run)}` : nothing}`;
}

/** What an earlier test can be used for: its request again, its response instead of the network. */
function acts(store, run) {
  const button = (title, act) => html`<button class="small" @click=${act}>${title}</button>`;
  const name = `the response of ${run.startedAt.toLocaleTimeString()}`;
  const withFixture = (act) => () => store.guarded(async () => act(await fixtureOf(run, store.api)));
  const use = withFixture((document) => store.set({ fixture: { name, document } }));
  const save = withFixture((document) =>
    saveText(`${run.task.taskReferenceName}.fixture.json`, stringify(document, 2)),
  );
  const why = hasResponse(run) ? whyNoFixture(run) : "";
  const chosen = store.state.pinned.get(run.step) === run;
  const pin = () => store.tests.pin(run);
  return html`<span class="row">
    ${store.state.steps.length > 1 ? button(chosen ? "Give the last result" : "Give to later steps", pin) : nothing}
    ${run.task && store.tests.isStale(run) ? button("Restore the request", () => store.tests.restore(run)) : nothing}
    ${
      hasResponse(run) && !why ? [button("Use as fixture", use), button("Save as fixture", save)] : nothing
    }${why ? html`<span class="note">${why}</span>` : nothing}</span>`;
}

const statusOf = (run) =>
  run.trace?.output?.response?.statusCode ??
  run.trace?.error?.code ??
  run.error?.code ??
  run.keptStatus ??
  (run.cancelled ? "cancelled" : "–");
const cut = (value) => {
  const text = stringify(value) ?? "";
  return text.length > 70 ? `${text.slice(0, 70)}…` : text;
};

function changes(before, after) {
  const found = diff(before.trace?.output ?? {}, after.trace?.output ?? {});
  if (!found.length) return html`<p class="quiet">Nothing changed.</p>`;
  return html`<ul class="diff">${found.map(
    ({ kind, path, before: old, after: now }) => html`<li class=${kind}><span class="mono path">${path.join(".")}</span>
    ${kind === "added" ? nothing : html`<del>${cut(old)}</del>`} ${
      kind === "removed" ? nothing : html`<ins>${cut(now)}</ins>`
    }</li>`,
  )}</ul>`;
}
