// The form of a task that is not HTTP: the fields of its type, and its JSON.

import { html, nothing } from "../vendor/lit.js";
import { field, messages } from "./field.js";
import * as icons from "./icons.js";
import { tabKeys } from "./part.js";
import { getIn } from "./pointer.js";
import { initial } from "./schema.js";
import { fieldsOf } from "./task-types.js";

const TABS = { inputs: "Fields", json: "JSON" };

export function taskForm(store, reference) {
  const { task, tab } = store.state;
  const chosen = tab === "json" ? "json" : "inputs";
  const button = (id, title) => html`<button role="tab" aria-selected=${id === chosen ? "true" : "false"}
    aria-controls="hte-request-panel" tabindex=${id === chosen ? 0 : -1}
    @click=${() => store.set({ tab: id })}>${title}</button>`;
  return html`<h2 class="task-title">${task.taskReferenceName} <span class="type">${task.type}</span></h2>
    <div class="tabs" role="tablist" aria-label="Task" @keydown=${tabKeys}>
      ${Object.entries(TABS).map(([id, title]) => button(id, title))}</div>
    <div class="tab-body" role="tabpanel" id="hte-request-panel" aria-label=${TABS[chosen]} tabindex="-1">
      ${
        chosen === "json"
          ? html`<hte-json .store=${store}></hte-json>`
          : html`<div class="row head-row">${reference}</div>
        ${messages({ id: "hte-reference", problems: store.checks.at(["taskReferenceName"]) })}${fields(store, task)}`
      }</div>`;
}

function fields(store, task) {
  const [own, common] = fieldsOf(task);
  const has = ([path]) => getIn(task, path) !== undefined;
  const draw = ([path, schema, name]) => field(store, { schema, root: schema, path, name });
  const absent = common.filter((each) => !has(each));
  const add = ([path, schema, name]) => html`<button class="chip" aria-label="Add ${name}"
    @click=${() => store.edits.setValue(path, initial(schema, schema))}>${icons.plus}${name}</button>`;
  return html`${own.map(draw)}${common.filter(has).map(draw)}
    ${
      store.state.readOnly
        ? nothing
        : html`<div class="chips" role="group"
      aria-label="Optional fields">${absent.map(add)}</div>`
    }`;
}
