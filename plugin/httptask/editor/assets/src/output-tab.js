// Outputs of the task: a name, and the place in the response that it is read from.

import { html, live, nothing } from "../vendor/lit.js";
import { messages } from "./field.js";
import * as icons from "./icons.js";
import { stringify } from "./lossless.js";
import { Part } from "./part.js";
import { renameIn, toPointer } from "./pointer.js";
import { options, OPTIONS } from "./shape.js";
import { grouped } from "./units.js";

const OUTPUT = [...OPTIONS, "output"];

class OutputTab extends Part {
  static reads = ["task", "run", "beat", "findings", "readOnly"];

  render() {
    const { task, readOnly } = this.state;
    const outputs = Object.entries(options(task).output ?? {});
    return html`<p class="note">Later tasks read these as <code>\${${task.taskReferenceName}.output.NAME}</code>. Click
      a value of the response to add one.</p>
      ${outputs.map(([name, written]) => this.output(name, written))}
      ${
        readOnly
          ? nothing
          : html`<button class="chip"
        @click=${() => this.add(outputs.length)}>${icons.plus}output</button>`
      }`;
  }

  output(name, written) {
    const path = [...OUTPUT, name];
    const problems = this.store.checks.below(path);
    const read = typeof written === "string" ? written : written?.path;
    const write = (value) => this.store.edits.setValue(typeof written === "string" ? path : [...path, "path"], value);
    return html`<div class="output" data-pointer=${toPointer(path)}>
      <input class="control code" aria-label="Output name" .value=${name} ?readonly=${this.state.readOnly}
        @change=${(event) => this.rename(name, event.target)} />
      <input class="control code ${problems.length ? "bad" : ""}" aria-label="Path of ${name}"
        .value=${live(read ?? "")} ?readonly=${this.state.readOnly} @input=${(event) => write(event.target.value)} />
      <button class="tool" aria-label="Remove output ${name}"
        @click=${() => this.store.edits.removeValue(path)}>${icons.close}</button>
      ${this.options(written)}
      ${messages({ problems, id: `o${name}` })}${problems.length ? nothing : this.last(name)}</div>`;
  }

  options(written) {
    if (typeof written === "string" || written === null) return nothing;
    const { path: _, ...rest } = written;
    return Object.keys(rest).length
      ? html`<p class="note">${Object.entries(rest).map(
          ([key, value]) => html`<span class="fact">${key}
        <code>${stringify(value)}</code></span>`,
        )}</p>`
      : nothing;
  }

  last(name) {
    const output = this.state.run?.trace?.output;
    if (!output || this.store.tests.isStale(this.state.run)) return nothing;
    if (!Object.hasOwn(output, name))
      return html`<p class="message warning">${icons.warn}<span>The last response has nothing there.</span></p>`;
    const text = stringify(output[name]) ?? "";
    return html`<p class="note mono">= ${
      text.length > 120 ? `${text.slice(0, 120)}… ${grouped(text.length)} characters` : text
    }</p>`;
  }

  rename(from, input) {
    const outputs = options(this.state.task).output;
    if (input.value && !(input.value in outputs))
      this.store.edits.setTask(renameIn(this.state.task, OUTPUT, from, input.value));
    else input.value = from;
  }

  add(count) {
    const taken = options(this.state.task).output ?? {};
    let number = count + 1;
    while (`output${number}` in taken) number += 1;
    this.store.edits.setValue([...OUTPUT, `output${number}`], "$.response.body");
  }
}

customElements.define("hte-output", OutputTab);
