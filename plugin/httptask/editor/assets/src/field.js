// One field of the form: its head (name, type, fx, null, remove), its widget, its messages.

import { html, nothing } from "../vendor/lit.js";
import { dropped, inText, isDragged } from "./dragged.js";
import * as icons from "./icons.js";
import { markdown } from "./markdown.js";
import "./picker.js";
import { getIn, toPointer } from "./pointer.js";
import { initial, isExpression, kindOf, resolve, typeLabel, withoutNull } from "./schema.js";
import { stringify } from "./lossless.js";
import { put } from "./text-widgets.js";
import { grouped } from "./units.js";
import { widget } from "./widgets.js";

/** Draw a field. `removable`: it may be taken off; `name`: null for the whole value of a section. */
export function field(
  store,
  { schema: written, root, path, name, needed = false, removable = true, actions = nothing },
) {
  const { schema, nullable } = withoutNull(resolve(written, root));
  const value = getIn(store.state.task, path);
  const pointer = toPointer(path);
  const expression = isExpression(value) || (store.state.fx.get(pointer) ?? false);
  const problems = store.checks.at(path);
  const spot = {
    store,
    schema,
    root,
    path,
    pointer,
    value,
    expression,
    nullable,
    name,
    id: `f${pointer}`,
    problems,
    field,
  };
  const locked = store.state.readOnly;
  const head =
    name === null
      ? nothing
      : html`<div class="field-head">
    <label class="name" for=${spot.id} id="${spot.id}-label">${name}${
      needed
        ? html`<span class="needed"
      title="required">*</span>`
        : nothing
    }</label>
    <span class="type">${typeLabel(written, root)}</span>${
      schema.deprecated ? html`<span class="tag">deprecated</span>` : nothing
    }
    ${
      locked
        ? nothing
        : html`<span class="tools">
      ${actions}
      ${
        nullable
          ? toggle("null", value === null, `null: set ${name} to null`, () =>
              store.edits.setValue(path, value === null ? initial(schema, root) : null),
            )
          : nothing
      }
      ${
        kindOf(schema) === "const"
          ? nothing
          : toggle("fx", expression, `fx: expression for ${name}`, () => switchExpression(spot))
      }
      ${kindOf(schema) === "const" ? nothing : picks(spot)}
      ${
        removable && value !== undefined
          ? html`<button class="tool" aria-label="Remove ${name}" title="Remove"
        @click=${() => remove(spot)}>${icons.close}</button>`
          : nothing
      }
    </span>`
    }</div>`;
  return html`<div class="field kind-${kindOf(schema)}" data-pointer=${pointer} part="field"
    @dragover=${(event) => over(spot, event)} @drop=${(event) => drop(spot, event)}>
    ${head}${widget(spot)}${picker(spot)}
    ${values(spot)}${messages(spot)}${name === null ? nothing : help(spot)}</div>`;
}

/** The button that opens the picker of values below the field. */
export function picks({ store, pointer, name }) {
  const open = store.state.picking === pointer;
  const label = `Insert from an earlier step into ${name}`;
  return html`<button class="tool" aria-label=${label} title=${label} aria-expanded=${open ? "true" : "false"}
    data-picks=${pointer} @click=${() => store.set({ picking: open ? "" : pointer })}>${icons.insert}</button>`;
}

/** The picker, where it is open. */
export function picker(spot) {
  const { store, path, pointer, name } = spot;
  if (store.state.picking !== pointer) return nothing;
  const shut = () => {
    store.set({ picking: "" });
    store.tell("focus", { path });
  };
  const pick = ({ detail, target }) => {
    put(spot, inserted(spot, target.closest("[data-pointer]").querySelector("textarea"), detail));
    shut();
  };
  return html`<hte-picker .store=${store} label=${name} @pick=${pick} @shut=${shut}></hte-picker>`;
}

/** The value with an expression where the cursor is; only text can hold more than that. */
function inserted({ value, schema }, box, expression) {
  const isText = typeof value === "string" && ["string", "text"].includes(kindOf(schema));
  if (!isText || !box || value.trim() === "${") return expression;
  return value.slice(0, box.selectionStart) + expression + value.slice(box.selectionEnd);
}

/** A field that is not text is set to a dragged value. */
function over({ store }, event) {
  if (isDragged(event) && !inText(event) && !store.state.readOnly) event.preventDefault();
}

function drop(spot, event) {
  const expression = dropped(event);
  if (!expression || spot.store.state.readOnly) return;
  event.preventDefault();
  event.stopPropagation();
  put(spot, expression);
}

function toggle(text, on, label, act) {
  return html`<button class="tool text" aria-pressed=${on ? "true" : "false"} aria-label=${label} title=${label}
    @click=${act}>${text}</button>`;
}

function switchExpression({ store, path, pointer, value, expression, schema, root }) {
  const fx = new Map(store.state.fx).set(pointer, !expression);
  store.set({ fx });
  if (expression) store.edits.setValue(path, initial(schema, root));
  else if (value === undefined || value === null || typeof value === "object") store.edits.setValue(path, "${");
  store.tell("focus", { path });
}

function remove({ store, path, pointer }) {
  const fx = new Map(store.state.fx);
  fx.delete(pointer);
  store.set({ fx });
  store.edits.removeValue(path);
}

export function messages({ problems, id }) {
  if (!problems.length) return nothing;
  return html`<div class="messages" id="${id}-problems">${problems.map(
    (problem) => html`<p class="message ${problem.severity}">
    ${icons.warn}<span>${problem.message}${problem.hint ? html` <em>${problem.hint}</em>` : nothing}</span></p>`,
  )}</div>`;
}

/** Under an expression: what it gave last, or its type, and where that comes from. */
export function values({ store, pointer, value }) {
  if (!isExpression(value)) return nothing;
  const found = store.state.references.filter((each) => each.pointer === pointer && each.root !== "workflow.secrets");
  const alone = found.length === 1 && value === `\${${found[0]?.text}}`;
  return found.map((each) => {
    const given = store.tests.known(each);
    return given
      ? html`<p class="note value-of">${alone ? nothing : html`<code>${each.text}</code> `}
      ${given.value ? html`= <code>${given.value}</code>` : html`<span class="type">${given.type}</span>`}
      <span class="muted">${given.from}</span></p>`
      : nothing;
  });
}

const LONG = 160;

function help({ schema, store, pointer }) {
  const facts = factsOf(schema);
  const text = schema.description;
  if (!text && !facts.length) return nothing;
  const long = text?.length > LONG;
  const whole = store.state.shown.get(`help${pointer}`);
  const unfold = () => store.set({ shown: new Map(store.state.shown).set(`help${pointer}`, !whole) });
  return html`<div class="help"><div class=${long && !whole ? "cut" : "whole"}>${markdown(text)}</div>
    ${long ? html`<button class="link" @click=${unfold}>${whole ? "less" : "more"}</button>` : nothing}
    ${facts.map(([label, value]) => html` <span class="fact">${label} <code>${value}</code></span>`)}</div>`;
}

const brief = (value) => {
  const text = stringify(value) ?? "";
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
};

export function factsOf(schema) {
  const facts = [];
  if (schema.default !== undefined) facts.push(["default", brief(schema.default)]);
  const { minimum: low, maximum: high, exclusiveMinimum: above, exclusiveMaximum: below } = schema;
  if (low !== undefined && high !== undefined) facts.push(["range", `${low} – ${high}`]);
  else if (low !== undefined) facts.push(["at least", low]);
  else if (high !== undefined) facts.push(["at most", high]);
  if (above !== undefined) facts.push(["more than", above]);
  if (below !== undefined) facts.push(["less than", below]);
  if (schema.minLength) facts.push(["min length", schema.minLength]);
  if (schema.maxLength) facts.push(["max length", grouped(schema.maxLength)]);
  if (schema.pattern) facts.push(["pattern", schema.pattern]);
  if (schema.maxItems) facts.push(["max items", schema.maxItems]);
  const example = schema.examples?.[0] ?? schema.example;
  if (example !== undefined) facts.push(["example", brief(example)]);
  return facts;
}
