// The steps before that the one in view reads: which results they give, and the test that begins with them.

import { html, nothing } from "../vendor/lit.js";

/** The button that tests what has no result yet, and then this step. */
export function fromHere(store, once) {
  const { before } = store.tests;
  if (!before.length) return nothing;
  const first = before.filter(({ now }) => now === "test").map(({ reference }) => reference);
  const what = first.length ? `Sends ${first.join(", ")} first` : "With the results of the steps before";
  const title = `${what} (Ctrl+Shift+Enter)`;
  return html`<button part="test-from-here" title=${title}
    @click=${once(() => store.tests.start({ fromHere: true }))}>Test from here</button>`;
}

/** One line for all of them: what each gave, or what is done about it. */
export function resultsRead(store) {
  const { before } = store.tests;
  if (!before.length) return nothing;
  return html`<p class="note results-read">Reads ${before.map(
    ({ reference, step, run, now }, index) => html`${index ? ", " : ""}<button class="link"
      @click=${() => step && store.edits.choose(step.id)}>${reference}</button> ${about(store, run, now)}`,
  )}</p>`;
}

function about(store, run, now) {
  if (now === "compute") return "(computed)";
  if (!run) return now ? "(not tested)" : "(no result)";
  const pinned = store.state.pinned.get(run.step) === run ? ", chosen in its history" : "";
  const stale = store.tests.isStaleAt(run) ? ", changed since" : "";
  const failed = now ? ", failed" : "";
  return `(${run.startedAt.toLocaleTimeString()}${failed}${pinned}${stale})`;
}
