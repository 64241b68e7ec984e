// A stream of events: its text as it arrives, joined; and each event in a table with a filter.

import { html, nothing } from "../vendor/lit.js";
import { stringify } from "./lossless.js";
import { Part } from "./part.js";
import { duration, grouped } from "./units.js";

const ROWS = 500;
const CELL = 300;
const REPEATS = /[._](done|completed|stop)$/;

export const isEvents = (value) =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.slice(0, 20).every((each) => each && typeof each === "object" && "data" in each && "event" in each);

/** The text that an event adds to those before: of the shapes that services stream text in. */
export function textOf({ event, data }) {
  if (REPEATS.test(data?.type ?? event ?? "")) return "";
  if (typeof data === "string") return data === "[DONE]" ? "" : data;
  const choice = data?.choices?.[0];
  const candidates = [
    choice?.delta?.content,
    choice?.text,
    data?.delta?.text,
    data?.delta,
    data?.text,
    data?.content,
    data?.message?.content,
    data?.candidates?.[0]?.content?.parts?.[0]?.text,
    data?.response,
  ];
  return candidates.find((each) => typeof each === "string") ?? "";
}

/** Properties: `store`, `events`: `{event, data}`, `times`: milliseconds until each. Event `pick`: {path}. */
class Events extends Part {
  static properties = {
    ...Part.properties,
    events: { attribute: false },
    times: { attribute: false },
    count: {},
    filter: { state: true },
  };

  constructor() {
    super();
    this.filter = "";
  }

  render() {
    const wanted = this.filter.toLowerCase();
    const rows = this.events.map((each, index) => ({ ...each, index, line: this.line(each) }));
    const found = rows.filter(({ event, line }) => !wanted || `${event} ${line}`.toLowerCase().includes(wanted));
    return html`<input class="control tree-filter" type="search" aria-label="Filter the events"
      placeholder="Filter events"
        .value=${this.filter} @input=${({ target }) => (this.filter = target.value)} />
      <div class="scroll table-view events" tabindex="0" role="region" aria-label="Events"><table>
        <thead><tr><th scope="col">#</th><th scope="col">event</th><th scope="col">data</th>${
          this.times?.length ? html`<th scope="col">after</th>` : nothing
        }</tr></thead>
        <tbody>${found.slice(0, ROWS).map((each) => this.row(each))}</tbody></table></div>
      ${
        found.length > ROWS
          ? html`<p class="note">${ROWS} of ${grouped(found.length)}
        events</p>`
          : nothing
      }
      ${found.length ? nothing : html`<p class="quiet">No event matches.</p>`}`;
  }

  row({ index, event, line }) {
    const pick = () => this.dispatchEvent(new CustomEvent("pick", { detail: { path: [index, "data"] } }));
    return html`<tr><th scope="row">${index}</th><td>${event ?? "message"}</td>
      <td><button class="cell" @click=${pick}>${line.length > CELL ? `${line.slice(0, CELL)}…` : line}</button></td>
      ${this.times?.length ? html`<td class="muted">${duration(this.times[index])}</td>` : nothing}</tr>`;
  }

  line({ data }) {
    return typeof data === "string" ? data : (stringify(data) ?? "");
  }
}

customElements.define("hte-events", Events);
