// What to do with a picked value: copy its expression, name it as an output, use it in a later task.

import { html, nothing } from "../vendor/lit.js";
import * as icons from "./icons.js";
import { rawText } from "./body-view.js";
import { Part } from "./part.js";
import { entries } from "./tree.js";
import { getIn, toPointer } from "./pointer.js";
import { expressionPath, options, outputPath, requestPath } from "./shape.js";

const MOST_INPUTS = 300;

class Mapping extends Part {
  static reads = ["mapping", "run", "task", "steps", "readOnly"];

  render() {
    const { mapping, task, readOnly } = this.state;
    if (!mapping) return nothing;
    const expression = `\${${expressionPath(task.taskReferenceName, mapping.path)}}`;
    const later = this.laterInputs();
    return html`<div class="mapping" role="dialog" aria-label="Use this value" part="mapping" @keydown=${this.key}>
      <div class="row"><code class="grow">${expression}</code>
        <button class="tool" aria-label="Close" @click=${this.shut}>${icons.close}</button></div>
      <div class="row">
        <button class="primary small" id="hte-copy" @click=${() => this.copy(expression)}>${icons.copy}Copy</button>
        ${
          this.picked === undefined
            ? nothing
            : html`<button class="small"
          @click=${() => this.store.copy(rawText(this.picked), "Copied the value")}>Value</button>`
        }
        <button class="small" @click=${() => this.store.copy(outputPath(mapping.path), "Copied the path")}>Path</button>
        ${
          readOnly || mapping.path[0] !== "response"
            ? nothing
            : html`<form class="row" @submit=${(event) => this.name(event, mapping)}>
          <input class="control code" aria-label="Output name" .value=${this.suggested(mapping)} name="name"
            autocomplete="off" />
          <button class="small">Add to outputs</button></form>`
        }
        ${
          later.length && !readOnly
            ? html`<label class="row">Use in <select class="control" aria-label="Use in an input of a later task"
              @change=${(event) => this.use(event, later, expression)}>
          <option value="">choose an input…</option>${later.map(
            (each, index) => html`<option
            value=${index}>${each.label}</option>`,
          )}</select></label>`
            : nothing
        }
      </div></div>`;
  }

  updated() {
    const { mapping } = this.state;
    if (mapping && mapping !== this.seen && mapping.focus) this.querySelector("#hte-copy")?.focus();
    this.seen = mapping;
  }

  suggested({ path }) {
    const words = path.filter((step) => typeof step === "string" && step !== "response");
    const name = (words.at(-1) ?? "value").replaceAll(/[^A-Za-z0-9_]+/g, "_");
    const taken = options(this.state.task).output ?? {};
    let number = 2;
    if (!(name in taken)) return name;
    while (`${name}_${number}` in taken) number += 1;
    return `${name}_${number}`;
  }

  async copy(expression) {
    await this.store.copy(expression, `Copied ${expression}`);
    this.store.tell("map", { expression, name: "", path: this.state.mapping.path });
    this.shut();
  }

  /** The value itself, as the last test gave it. */
  get picked() {
    return getIn(this.state.run?.trace?.output, this.state.mapping.path);
  }

  name(event, mapping) {
    event.preventDefault();
    const name = new FormData(event.target).get("name").trim();
    if (!name) return;
    this.store.edits.addOutput(name, outputPath(mapping.path));
    this.store.tell("map", {
      expression: `\${${this.state.task.taskReferenceName}.output.${name}}`,
      name,
      path: mapping.path,
    });
    this.shut();
  }

  use(event, later, expression) {
    const chosen = later[Number(event.target.value)];
    this.store.edits.setAt(chosen.path, expression);
    this.store.say("Mapped");
    this.store.tell("map", { expression, name: "", path: this.state.mapping.path, into: toPointer(chosen.path) });
    this.shut();
  }

  shut() {
    this.store.set({ mapping: null });
    this.getRootNode().querySelector('.tree [tabindex="0"]')?.focus();
  }

  key(event) {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    this.shut();
  }

  /** Inputs of the tasks that come after this one: those written, and those its schema offers. */
  laterInputs() {
    const { steps, here } = this.state;
    const at = steps.findIndex(({ id }) => id === here);
    return at < 0
      ? []
      : steps
          .slice(at + 1)
          .flatMap(inputsOf)
          .slice(0, MOST_INPUTS);
  }
}

function inputsOf({ task, path }) {
  const ref = task.taskReferenceName;
  const base = [...path, "inputParameters"];
  if (task.type !== "HTTP")
    return leaves(task.inputParameters ?? {}, base).map((leaf) => ({
      path: leaf,
      label: `${ref} · ${leaf.slice(base.length).join(".")}`,
    }));
  const request = [...path, ...requestPath(task)];
  const { httptask, ...shown } = task.inputParameters ?? {};
  const plain = "http_request" in shown ? shown.http_request : shown;
  const written = leaves(plain ?? {}, request);
  const more = ["path", "query", "form", "multipart", "graphql", "file", "cookies"].flatMap((key) =>
    httptask?.[key] !== undefined ? leaves(httptask[key], [...base, "httptask", key]) : [],
  );
  const offered = Object.keys(httptask?.requestSchema?.properties ?? {}).map((name) => [...request, "body", name]);
  const all = new Map([...written, ...more, ...offered].map((each) => [toPointer(each), each]));
  return [...all.values()].map((leaf) => ({
    path: leaf,
    label: `${ref} · ${leaf
      .slice(base.length)
      .filter((step) => step !== "http_request" && step !== "httptask")
      .join(".")}`,
  }));
}

function leaves(value, path) {
  if (value === null || typeof value !== "object") return [path];
  return entries(value).flatMap(([key, item]) => leaves(item, [...path, key]));
}

customElements.define("hte-mapping", Mapping);
