// The widgets that are a text: a string, and JSON as it is typed.

import { html } from "../vendor/lit.js";
import { parse, same, stringify } from "./lossless.js";
import { isExpression, isSecret } from "./schema.js";
import "./text-input.js";

export function put({ store, path }, value) {
  if (value === undefined) store.edits.removeValue(path);
  else store.edits.setValue(path, value);
}

export function text(
  spot,
  {
    multiline = false,
    code = false,
    placeholder = "",
    read = (value) => value,
    show = (value) => value,
    numeric = false,
  } = {},
) {
  const { store, value, id, problems, schema } = spot;
  if (value !== undefined && typeof value === "object") return any(spot);
  const hint = placeholder || String(schema.examples?.[0] ?? schema.example ?? "");
  const names = schema.format === "script" ? Object.keys(store.state.task.inputParameters ?? {}) : null;
  return html`<hte-text .store=${store} .names=${names} .value=${value === undefined ? "" : String(show(value))}
    field=${id}
    ?multiline=${multiline} ?code=${code} ?numeric=${numeric} ?secret=${isSecret(schema)}
    ?invalid=${problems.some((each) => each.severity === "error")} ?readonly=${store.state.readOnly}
      placeholder=${hint.length < 80 ? hint : ""}
    describedby=${problems.length ? `${id}-problems` : ""}
      @value=${(event) => put(spot, read(event.detail))}></hte-text>`;
}

/** Any JSON value, as text. What does not parse is kept as typed until it does. */
export function any(spot) {
  const { store, value, id, problems } = spot;
  const key = `draft${spot.pointer}`;
  const draft = store.state.shown.get(key);
  const current =
    value === undefined ? "" : typeof value === "string" && !looksLikeJson(value) ? value : stringify(value, 2);
  const shown =
    draft !== undefined && same(tryParse(draft), value)
      ? draft
      : draft !== undefined && tryParse(draft) === undefined
        ? draft
        : current;
  const typed = (event) => {
    store.set({ shown: new Map(store.state.shown).set(key, event.detail) });
    if (isExpression(event.detail) && !/^\s*[[{"]/.test(event.detail)) {
      put(spot, event.detail);
      return;
    }
    const read = tryParse(event.detail);
    if (event.detail.trim() === "") put(spot, undefined);
    else put(spot, read === undefined ? event.detail : read);
  };
  return html`<hte-text .store=${store} .value=${shown} field=${id} code multiline ?invalid=${problems.length > 0}
    ?readonly=${store.state.readOnly} label=${spot.name ?? "JSON"}
    placeholder="JSON or text" @value=${typed}></hte-text>`;
}

const looksLikeJson = (text) => tryParse(text) !== undefined;

export function tryParse(text) {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}
