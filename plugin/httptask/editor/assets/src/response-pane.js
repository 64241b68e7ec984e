// Test and its result: status, hints, pictures, body, headers, timing, request as sent, history.

import { html, nothing } from "../vendor/lit.js";
import { asksFor } from "./asked.js";
import { isReference } from "./file-input.js";
import { historyView } from "./history.js";
import * as icons from "./icons.js";
import "./mapping.js";
import { Part, tabKeys } from "./part.js";
import { requestView } from "./request-view.js";
import { problem, verdict } from "./problem.js";
import "./sign-in.js";
import { isHttp, options } from "./shape.js";
import { sketch } from "./sketch.js";
import "./body-view.js";
import { fromHere, resultsRead } from "./steps-before.js";
import { timing } from "./timing.js";
import { lastResponse } from "./trace.js";
import "./tree.js";
import { duration, size } from "./units.js";

const TABS = {
  body: "Body",
  outputs: "Outputs",
  headers: "Headers",
  timing: "Timing",
  request: "Request",
  curl: "cURL",
  history: "History",
};

class ResponsePane extends Part {
  static reads = [
    "run",
    "beat",
    "runs",
    "task",
    "references",
    "inputs",
    "asking",
    "typing",
    "readOnly",
    "mapping",
    "draft",
    "fixture",
    "before",
    "operation",
    "pinned",
    "session",
  ];

  static properties = { ...Part.properties, tab: { state: true }, large: { state: true } };

  constructor() {
    super();
    Object.assign(this, { tab: "body", large: "" });
  }

  render() {
    const { run, task } = this.state;
    if (!task) return nothing;
    if (!isHttp(task))
      return html`<p class="quiet">A test sends the request of an HTTP task. The whole workflow runs with
        <code>httptask run</code>.</p>${run?.trace ? this.tree(run.trace.output, []) : nothing}<hte-mapping
        .store=${this.store}></hte-mapping>`;
    return html`${this.bar(run)}${resultsRead(this.store)}${asksFor(this.store)}
      ${run ? this.result(run) : this.preview(task)}<hte-mapping .store=${this.store}></hte-mapping>`;
  }

  /** The second click of a double one is none: the button under it has changed meanwhile. */
  bar(run) {
    const busy = run?.running;
    const once =
      (act) =>
      ({ detail }) =>
        detail < 2 && act();
    return html`<div class="test-bar" part="test-bar">
      ${
        busy
          ? html`<button class="danger" part="cancel-button"
            @click=${once(() => this.store.tests.cancel())}>${icons.stop}Cancel<kbd>Esc</kbd></button>`
          : html`<button class="primary" part="test-button"
            @click=${once(() => this.store.tests.start({ fromHere: false }))}>${icons.play}Test
            request<kbd>Ctrl ↵</kbd></button>${fromHere(this.store, once)}`
      }
      <hte-sign-in .store=${this.store}></hte-sign-in>
      ${run ? this.facts(run) : nothing}${this.fixture()}
      ${
        this.state.draft
          ? html`<span class="tag">the JSON is broken: a test runs the last version that could be
        read</span>`
          : nothing
      }</div>`;
  }

  fixture() {
    const { fixture } = this.state;
    if (!fixture) return nothing;
    return html`<span class="tag">no network: ${fixture.name} stands in
      <button class="link" @click=${() => this.store.set({ fixture: null })}>use the network</button></span>`;
  }

  facts(run) {
    const { trace } = run;
    const response = trace?.output?.response ?? lastResponse(trace);
    const status = response?.statusCode ?? response?.status;
    const bytes = lastResponse(trace)?.body?.size;
    return html`<span class="facts" role="status">
      ${
        status
          ? html`<span class="status s${String(status)[0]}">${status} ${
              response.reasonPhrase ?? response.reason ?? ""
            }</span>`
          : nothing
      }
      ${run.running ? html`<span class="busy">${this.doing(run)}</span>` : nothing}
      ${run.cancelled && !run.running ? html`<span class="status s4">cancelled</span>` : nothing}
      <span>${duration(trace?.durationMs ?? run.elapsed)}</span>
      ${bytes === undefined ? nothing : html`<span>${size(bytes)}</span>`}
      ${
        this.store.tests.isStale(run)
          ? html`<span class="tag" title="The request changed since this test">stale</span>`
          : nothing
      }</span>`;
  }

  doing(run) {
    if (run.eventCount) return `${run.eventCount} ${run.eventCount === 1 ? "event" : "events"}`;
    const stage = run.stages.at(-1)?.name;
    return NEXT[stage] ?? "starting…";
  }

  result(run) {
    return html`${verdict(run)}${problem(this.store, run)}${this.pictures(run)}
      ${run.running ? this.progress(run) : nothing}
      ${
        run.trace || this.mine.length
          ? html`<div class="tabs" role="tablist" aria-label="Response"
            @keydown=${tabKeys}>${Object.entries(TABS).map(([id, title]) => this.tabButton(id, title))}</div>
      <div class="tab-body" role="tabpanel" id="hte-response-panel" aria-label=${TABS[this.tab]}
        tabindex="-1">${this.panel(run)}</div>`
          : nothing
      }`;
  }

  tabButton(id, title) {
    const chosen = this.tab === id;
    const count = { history: this.mine.length, outputs: Object.keys(options(this.state.task).output ?? {}).length }[id];
    return html`<button role="tab" aria-selected=${chosen ? "true" : "false"} aria-controls="hte-response-panel"
      tabindex=${chosen ? 0 : -1} @click=${() => {
        this.tab = id;
      }}>${title}${count ? html`<span class="count">${count}</span>` : nothing}</button>`;
  }

  get mine() {
    return this.store.tests.of().filter(({ running }) => !running);
  }

  pictures({ images }) {
    if (!images.length) return nothing;
    return html`<div class="pictures" part="images">${images.map((image, index) => {
      const id = String(image.path);
      const title = image.path.filter((step) => step !== "response" && step !== "body").join(".") || "image";
      return html`<figure class=${this.large === id ? "large" : ""}><button aria-label="Picture ${index + 1}: ${title}"
        aria-pressed=${this.large === id ? "true" : "false"} @click=${() => {
          this.large = this.large === id ? "" : id;
        }}>
        <img src=${image.url} alt="Picture ${index + 1} of the response" /></button>
        <figcaption><span class="mono">${title}</span><span>${[
          size(image.size ?? 0),
          image.atMs ? duration(image.atMs) : "",
        ]
          .filter(Boolean)
          .join(" · ")}</span></figcaption></figure>`;
    })}</div>`;
  }

  progress(run) {
    return html`<ol class="stages" aria-label="Stages">${run.stages.map(
      (stage) => html`<li
      class=${stage.error ? "failed" : ""}><span class="mono">${stage.name}</span><span
        class="muted">${duration(stage.durationMs ?? 0)}</span></li>`,
    )}
      <li class="now"><span class="spinner" aria-hidden="true"></span>${this.doing(run)}</li></ol>
      ${
        run.events.length
          ? html`<hte-body .store=${this.store} .value=${run.events} .times=${run.times} live
        .count=${run.eventCount}></hte-body>`
          : nothing
      }`;
  }

  panel(run) {
    const draw = {
      body: () => this.body(run),
      outputs: () => this.outputs(run),
      headers: () => this.headers(run),
      timing: () => timing(run.trace),
      request: () => requestView(this.store, run.trace),
      curl: () => this.curl(run),
      history: () => historyView(this.store, this.mine),
    };
    return draw[this.tab]();
  }

  body(run) {
    const { trace } = run;
    if (!trace) return nothing;
    if (trace.outputTooLarge)
      return html`<p class="quiet">The output is ${size(trace.outputTooLarge)}: too large to show here. Map what you
        need, or store it as a file (<code>response.format: file</code>).</p>`;
    const value = run.body;
    if (value === undefined || value === null)
      return html`<p class="quiet">${lastResponse(trace) ? "The response has no body." : "There is no response."}</p>`;
    return html`<hte-body .store=${this.store} .value=${value} .times=${run.times} ?redacted=${trace.redacted}
      @pick=${({ detail }) => this.pick(["response", "body", ...detail.path])}></hte-body>`;
  }

  tree(value, base) {
    return html`<hte-tree .store=${this.store} .value=${value} .base=${base}
      @pick=${(event) => this.pick(event.detail.path, event.detail.value)}></hte-tree>`;
  }

  pick(path) {
    this.store.set({ mapping: { path, focus: true } });
  }

  outputs({ trace }) {
    const { response, ...named } = trace?.output ?? {};
    const wanted = Object.keys(options(this.state.task).output ?? {});
    if (!Object.keys(named).length)
      return html`<p class="quiet">${
        wanted.length
          ? `This test gave no ${wanted.join(", ")}: see the Output tab of the request.`
          : "No outputs are mapped yet. Click a value in the body to add one."
      }</p>`;
    const files = Object.values(named).filter(isReference);
    return html`${files.map(
      (each) => html`<hte-stored .store=${this.store}
      .value=${each}></hte-stored>`,
    )}${this.tree(named, [])}`;
  }

  headers({ trace }) {
    const headers =
      lastResponse(trace)?.headers ??
      Object.entries(trace?.output?.response?.headers ?? {}).flatMap(([name, values]) =>
        [values].flat().map((value) => [name, value]),
      );
    if (!headers.length) return html`<p class="quiet">There are no response headers.</p>`;
    return html`<table class="pairs"><tbody>${headers.map(
      ([name, value]) => html`<tr><th
      scope="row">${name}</th><td>${value}</td></tr>`,
    )}</tbody></table>`;
  }

  curl({ trace }) {
    if (!trace?.curl) return html`<p class="quiet">There is no request to show.</p>`;
    const copy = () => this.store.copy(trace.curl);
    return html`<div class="row"><button class="small" @click=${copy}>${icons.copy}Copy</button>
      <span class="note">Secrets stand as variables.</span></div>
      <pre class="raw" tabindex="0" aria-label="cURL command">${trace.curl}</pre>`;
  }

  preview(task) {
    const schema = options(task).responseSchema;
    return html`<div class="quiet-block"><p>The response appears here. Click a value of it to use it in a later
      task.</p>
      ${
        schema
          ? html`<h3>Expected response</h3><hte-tree .store=${this.store} .value=${sketch(schema, schema)}
        .base=${["response", "body"]} label="Expected response" types
          @pick=${(event) => this.pick(event.detail.path)}></hte-tree>`
          : nothing
      }</div>`;
  }
}

const NEXT = {
  resolve_inputs: "building the request…",
  build_request: "waiting for the response…",
  decode_response: "checking…",
  check_response: "mapping outputs…",
  map_outputs: "finishing…",
};

customElements.define("hte-response", ResponsePane);
