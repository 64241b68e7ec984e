// Files in forms: a path below the workflow's folder, a stored file, or an expression for one.

import { html, nothing } from "../vendor/lit.js";
import "./file-input.js";
import { isReference } from "./file-input.js";
import * as icons from "./icons.js";
import { getIn, toPointer } from "./pointer.js";
import { any, put, text } from "./text-widgets.js";

const INPUT = /^\$\{(workflow\.input\.\w+)\}$/;

/** A file by itself. What is picked becomes the value, or what the test gives the input that the value names. */
export function filePath(spot, named = () => {}) {
  const { store, value, name } = spot;
  const input = typeof value === "string" ? INPUT.exec(value)?.[1] : null;
  const take = ({ detail: { reference, name: picked } }) => {
    if (input) store.tests.setInput(input, JSON.stringify(reference));
    else put(spot, reference);
    if (!input) named(picked);
  };
  const given = input ? store.tests.given(input) : value;
  const plain = value === undefined || typeof value === "string";
  return html`${
    plain ? text(spot, { code: true, placeholder: "path below the workflow's folder, or ${ref.output.file}" }) : nothing
  }
    ${plain || isReference(value) ? nothing : any(spot)}
    <hte-file .store=${store} .value=${given} label=${name ?? "the body"} @file=${take}></hte-file>
    ${input ? html`<p class="note">A picked file is what a test gives <code>${input}</code>.</p>` : nothing}`;
}

/** A part of a multipart body that is a file: `{file, filename, contentType}`. */
export function part(spot) {
  const { store, path, value, field, id } = spot;
  if (value !== undefined && (value === null || typeof value !== "object" || !("file" in value))) return any(spot);
  const below = [...path, "file"];
  const inner = {
    ...spot,
    path: below,
    pointer: toPointer(below),
    value: getIn(value ?? {}, ["file"]),
    schema: { type: "string" },
    problems: store.checks.at(below),
  };
  const named = (picked) =>
    getIn(store.state.task, [...path, "filename"]) === undefined && store.edits.setValue([...path, "filename"], picked);
  const about = { filename: "File name that is sent.", contentType: "Content-Type of the part." };
  const absent = Object.keys(about).filter((name) => value?.[name] === undefined);
  const add = (name) => html`<button class="chip" aria-label="Add ${name}"
    @click=${() => store.edits.setValue([...path, name], "")}>${icons.plus}${name}</button>`;
  return html`<div class="file-part" data-pointer=${toPointer(below)}>${filePath(inner, named)}</div>
    ${Object.entries(about)
      .filter(([name]) => value?.[name] !== undefined)
      .map(([name, description]) =>
        field(store, { schema: { type: "string", description }, root: null, path: [...path, name], name }),
      )}
    ${
      store.state.readOnly || value === undefined
        ? nothing
        : html`<div class="chips"
      id="${id}-more">${absent.map(add)}</div>`
    }`;
}
