// The widget of each kind of schema. All of them write JSON values into the task, and draw what is
// inside them with the `field` they are given.

import { html, nothing } from "../vendor/lit.js";
import * as icons from "./icons.js";
import { filePath, part } from "./file-widgets.js";
import { same, parse, stringify } from "./lossless.js";
import "./optional-fields.js";
import { renameIn } from "./pointer.js";
import {
  initial,
  isExpression,
  jsonType,
  kindOf,
  resolve,
  variantOf,
  variants,
  withoutNull,
} from "./schema.js";
import { any, put, text, tryParse } from "./text-widgets.js";

export function widget(spot) {
  if (spot.value === null && spot.nullable)
    return html`<div class="null-value" id=${spot.id}><code>null</code> is sent</div>`;
  const files = ["file", "part"].includes(kindOf(spot.schema));
  if (spot.expression && !files) return text(spot, { code: true, placeholder: "${…}", read: readFor(spot.schema) });
  return (WIDGETS[kindOf(spot.schema)] ?? any)(spot);
}

const WIDGETS = {
  const: ({ schema, id }) => html`<code class="constant" id=${id}>${stringify(schema.const)}</code>`,
  enum: choose,
  boolean: yesNo,
  integer: number,
  number,
  string: text,
  file: filePath,
  part,
  array: list,
  object: group,
  map: entries,
  choice,
  text: (spot) => text(spot, { multiline: true, code: spot.schema.format === "script" }),
};

/** How what is typed over an expression becomes a value of the field's kind. */
function readFor(schema) {
  const kind = kindOf(schema);
  const plain = ["string", "text", "file", "enum"].includes(kind);
  if (["integer", "number"].includes(kind)) return readNumber;
  return (typed) => (plain || isExpression(typed) ? typed : (tryParse(typed) ?? typed));
}

function number(spot) {
  return text(spot, { numeric: true, code: true, read: readNumber, placeholder: String(spot.schema.default ?? "") });
}

/** A number as typed; what is none stays text, and the check says so. */
function readNumber(typed) {
  const trimmed = typed.trim();
  if (trimmed === "") return undefined;
  return /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(trimmed) && !/^-?0\d/.test(trimmed) && !trimmed.endsWith(".")
    ? parse(trimmed)
    : typed;
}

function choose(spot) {
  const { schema, value, id, store, problems } = spot;
  const known = schema.enum.some((each) => same(each, value));
  const pick = (event) => put(spot, event.target.value === "" ? undefined : schema.enum[Number(event.target.value)]);
  return html`<select class="control ${problems.length ? "bad" : ""}" id=${id} part="input"
    ?disabled=${store.state.readOnly} @change=${pick}>
    ${value === undefined ? html`<option value="" selected>choose…</option>` : nothing}
    ${
      value !== undefined && !known
        ? html`<option value="" selected>${stringify(value)} (not offered)</option>`
        : nothing
    }
    ${schema.enum.map(
      (each, index) =>
        html`<option value=${index} ?selected=${same(each, value)}>${
          typeof each === "string" ? each : stringify(each)
        }</option>`,
    )}
  </select>`;
}

function yesNo(spot) {
  const option = (
    choice,
  ) => html`<button role="radio" aria-checked=${spot.value === choice ? "true" : "false"} class="segment"
    tabindex=${spot.value === choice || (spot.value !== !choice && choice) ? 0 : -1}
      ?disabled=${spot.store.state.readOnly} @click=${() => put(spot, choice)}>${choice}</button>`;
  const move = (event) => {
    if (!event.key.startsWith("Arrow")) return;
    event.preventDefault();
    put(spot, !spot.value);
    const other = event.target.nextElementSibling ?? event.target.previousElementSibling;
    other.focus();
  };
  return html`<div class="segments" role="radiogroup" id=${spot.id} aria-labelledby="${spot.id}-label"
    @keydown=${move}>${option(true)}${option(false)}</div>`;
}

function list(spot) {
  const { store, path, schema, root, value, name, field } = spot;
  if (value !== undefined && !Array.isArray(value)) return any(spot);
  const items = value ?? [];
  const item = schema.items ?? {};
  const swap = (index) => put(spot, items.with(index - 1, items[index]).with(index, items[index - 1]));
  const up = (index) =>
    index
      ? html`<button class="tool" aria-label="Move ${name} ${index} up" title="Move up"
        @click=${() => swap(index)}>${icons.up}</button>`
      : nothing;
  return html`<div class="nest" id=${spot.id} role="group" aria-labelledby="${spot.id}-label">
    ${items.map((_, index) =>
      field(store, { schema: item, root, path: [...path, index], name: `${index}`, actions: up(index) }),
    )}
    ${
      store.state.readOnly
        ? nothing
        : html`<button class="chip" @click=${() =>
            put(spot, [...items, initial(item, root)])}>${icons.plus}item<span class="sr"> in ${name}</span></button>`
    }</div>`;
}

function group(spot) {
  const { value, id, name } = spot;
  if (value !== undefined && jsonType(value) !== "object") return any(spot);
  return html`<div class=${name === null ? "plain" : "nest"} id=${id} role="group"
    aria-labelledby="${id}-label">${properties(spot)}</div>`;
}

/** The fields of an object: required and present ones, chips for the others, and what the schema does not know. */
function properties({ store, schema, root, path, value, field }) {
  const required = new Set(schema.required ?? []);
  const present = value ?? {};
  const known = Object.keys(schema.properties ?? {});
  const offered = known.filter((name) => isOffered(schema.properties[name], root));
  const shown = known.filter(
    (name) => Object.hasOwn(present, name) || (required.has(name) && offered.includes(name)),
  ).filter((name) => !schema.properties[name].hidden);
  const ordered = [...shown.filter((name) => required.has(name)), ...shown.filter((name) => !required.has(name))];
  const extra = Object.keys(present).filter((name) => !known.includes(name));
  const more = jsonType(schema.additionalProperties) === "object" ? schema.additionalProperties : {};
  const draw = (name, sub) =>
    field(store, {
      schema: sub,
      root,
      path: [...path, name],
      name,
      needed: required.has(name),
      removable: !required.has(name),
    });
  return html`${ordered.map((name) => draw(name, schema.properties[name]))}
    ${extra.map((name) => draw(name, more === true ? {} : more))}
    ${addable({ store, schema, root, path }, offered.filter((name) => !shown.includes(name)))}`;
}

/** What the server alone gives cannot be in a request. */
function isOffered(written, root) {
  return !written.hidden && !resolve(written, root).readOnly;
}

function addable({ store, schema, root, path }, names) {
  return names.length && !store.state.readOnly
    ? html`<hte-optional .store=${store} .schema=${schema} .root=${root} .path=${path} .names=${names}></hte-optional>`
    : nothing;
}

function entries(spot) {
  const { store, path, schema, root, value, name, field } = spot;
  if (value !== undefined && jsonType(value) !== "object") return any(spot);
  const names = Object.keys(value ?? {}).filter((key) => !schema.except?.includes(key));
  const item = jsonType(schema.additionalProperties) === "object" ? schema.additionalProperties : {};
  const rename = (from) => (event) => {
    const to = event.target.value;
    if (to && !names.includes(to)) store.edits.setTask(renameIn(store.state.task, path, from, to));
    else event.target.value = from;
  };
  const add = (start) => {
    let number = names.length + 1;
    while (names.includes(`key${number}`)) number += 1;
    store.edits.setValue([...path, `key${number}`], start);
  };
  const more = (start, noun) => html`<button class="chip" @click=${() => add(start)}>${icons.plus}${noun}<span
    class="sr"> in ${name}</span></button>`;
  const draw = (key) =>
    field(store, { schema: shapeOf(item, value[key], schema.files, root), root, path: [...path, key], name: key });
  return html`<div class="nest" id=${spot.id} role="group" aria-label=${name ?? "entries"}>
    ${names.map(
      (key) => html`<div class="entry"><input class="control code" aria-label="Key ${key}" .value=${key}
        ?readonly=${store.state.readOnly} @change=${rename(key)} />
      ${draw(key)}</div>`,
    )}
    ${store.state.readOnly ? nothing : more(initial({ type: "string", ...item }, root), schema.noun ?? "key")}
    ${store.state.readOnly || !schema.files ? nothing : more({ file: "" }, "file")}</div>`;
}

/** The schema that an entry is drawn by: what its map says, or what the value looks like. */
function shapeOf(item, value, files, root) {
  if (files && jsonType(value) === "object" && "file" in value) return { "x-part": true };
  const free = kindOf(withoutNull(resolve(item, root)).schema) === "any" && typeof value === "string";
  return free ? { ...item, type: "string" } : item;
}

function choice(spot) {
  const { store, schema, root, path, value, id, name, pointer } = spot;
  const options = variants(schema, root);
  const chosen = store.state.branch.get(pointer) ?? (value === undefined ? 0 : variantOf(schema, value, root));
  const pick = (event) => {
    const index = Number(event.target.value);
    store.set({ branch: new Map(store.state.branch).set(pointer, index) });
    put(spot, initial(options[index].schema, root));
  };
  const branch = options[chosen] ?? options[0];
  const inner = { ...spot, id: `${id}-in`, ...withoutNull(branch.schema), name: name ?? "value" };
  return html`<select class="control" id=${id} aria-label="Kind of ${name ?? "body"}" ?disabled=${store.state.readOnly}
    @change=${pick}>
      ${options.map(
        (each) => html`<option value=${each.index}
        ?selected=${each.index === chosen}>${each.label}</option>`,
      )}</select>
    ${
      path.length && value !== undefined
        ? html`<div class="branch"><label class="sr" for=${inner.id} id="${inner.id}-label">${inner.name},
          ${branch.label}</label>${widget(inner)}</div>`
        : nothing
    }`;
}
