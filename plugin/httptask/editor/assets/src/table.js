// Lists of objects as a table.

import { html } from "../vendor/lit.js";
import { stringify } from "./lossless.js";
import { grouped } from "./units.js";

const ROWS = 200;
const COLUMNS = 30;
const CELL = 80;

const isRow = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const isList = (value) => Array.isArray(value) && value.length > 0 && value.slice(0, 20).every(isRow);

/** The list to show: the value itself, or the first list of objects in it. */
export function tableOf(value) {
  if (isList(value)) return { path: [], rows: value };
  if (!isRow(value)) return null;
  const found = Object.entries(value).find(([, each]) => isList(each));
  return found ? { path: [found[0]], rows: found[1] } : null;
}

export function tableView({ path, rows }, pick) {
  const shown = rows.slice(0, ROWS);
  const columns = [...new Set(shown.flatMap((row) => Object.keys(row ?? {})))].slice(0, COLUMNS);
  return html`<div class="scroll table-view" tabindex="0" role="region" aria-label="Table"><table>
    <thead><tr><th scope="col">#</th>${columns.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
    <tbody>${shown.map(
      (row, index) => html`<tr><th
      scope="row">${index}</th>${columns.map(
        (name) => html`<td>${cell(row?.[name], () => pick([...path, index, name]))}</td>`,
      )}</tr>`,
    )}</tbody></table></div>
    ${rows.length > ROWS ? html`<p class="note">${ROWS} of ${grouped(rows.length)} rows</p>` : ""}`;
}

function cell(value, use) {
  if (value === undefined) return "";
  const text = typeof value === "string" ? value : stringify(value);
  return html`<button class="cell" @click=${use}>${text.length > CELL ? `${text.slice(0, CELL)}…` : text}</button>`;
}
