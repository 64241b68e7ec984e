// The catalogue of operations: search, documentation, and the requests that it prepares.

import { isBlank, options } from "./shape.js";
import { freshRef } from "./steps.js";

const DELAY = 30;
const HITS = 30;
const MOST_IMPORTED = 30;
const METHODS = "GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS";
const REQUEST = new RegExp(
  String.raw`^\s*(curl(\.exe)?\s|[{[]|(${METHODS})\s+(https?:|/)|fetch\(|Invoke-(WebRequest|RestMethod)\s)`,
  "i",
);

/** Whether a text is a request in another format rather than words to search for. */
export const looksLikeRequest = (text) => REQUEST.test(text);

export class Catalogue {
  #timer = 0;
  #call = null;

  constructor(store) {
    this.store = store;
  }

  search(query) {
    this.store.set({ query, searching: true, nothing: false, active: -1 });
    clearTimeout(this.#timer);
    this.#call?.abort();
    if (query.trim()) this.#timer = setTimeout(() => this.#now(query), DELAY);
    else this.store.set({ hits: [], searching: false, searchError: null });
  }

  async #now(query) {
    this.#call = new AbortController();
    try {
      const hits = await this.store.api.search(query, HITS, this.#call.signal);
      if (query !== this.store.state.query) return;
      this.store.set({
        hits,
        searching: false,
        searchError: null,
        nothing: !hits.length,
        active: hits.length ? 0 : -1,
      });
    } catch (error) {
      if (error.name === "AbortError") return;
      const searchError = error.error ?? { message: String(error), hint: "" };
      this.store.set({ hits: [], searching: false, searchError });
    }
  }

  shut() {
    this.store.set({ hits: [], active: -1 });
  }

  /** Show an operation's documentation; in an empty task, prepare its request as well. */
  async take(id) {
    this.shut();
    await this.show(id);
    if (isBlank(this.store.state.task)) await this.use(id);
  }

  async show(id, { quiet = false } = {}) {
    if (id !== this.store.state.operationId) this.store.set({ operationId: id, operation: null, choices: {} });
    const load = async () => {
      const operation = await this.store.api.operation(id);
      if (this.store.state.operationId === id) this.store.set({ operation });
    };
    await (quiet ? load().catch(() => this.store.set({ operationId: "" })) : this.store.guarded(load));
  }

  /** Show the documentation of the operation that the open task was prepared for. */
  document() {
    const { task, connected, operationId } = this.store.state;
    const id = options(task).operation?.id;
    if (id && !operationId && this.store.api && connected) this.show(id, { quiet: true });
  }

  /** Choose a server, media type, kind of authentication or shape for the next preparation. */
  prefer(name, value) {
    const { [name]: _, ...rest } = this.store.state.choices;
    this.store.set({ choices: value === "" ? rest : { ...rest, [name]: value } });
  }

  /** Prepare the operation's request, in this task or as a new one. */
  use(id, { asNew = false } = {}) {
    return this.store.guarded(async () => {
      const { operationId, choices } = this.store.state;
      this.#put(await this.store.api.prepare(id, id === operationId ? choices : {}), asNew);
    });
  }

  /** Make steps of a curl command, a HAR, a collection or a request. */
  import(text) {
    return this.store.guarded(async () => {
      const { tasks, inputs, reasons } = await this.store.api.import(text);
      this.search("");
      this.store.edits.addImported(tasks.slice(0, MOST_IMPORTED), inputs);
      const told = reasons.length ? ` Not taken: ${reasons.slice(0, 3).join("; ")}` : "";
      const made = tasks.length === 1 ? "1 step" : `${Math.min(tasks.length, MOST_IMPORTED)} of ${tasks.length} steps`;
      this.store.say(`${made} imported.${told}`, { label: "Undo", act: () => this.store.edits.undo() });
    });
  }

  #put(prepared, asNew) {
    const { task, workflow, operation, operationId } = this.store.state;
    const { step } = this.store;
    if (asNew || !task) {
      if (step) this.store.edits.addBeside(step, "after", prepared);
      else this.store.edits.addTask(prepared);
      this.store.set({ operation, operationId });
      return;
    }
    const { taskReferenceName, name } = task;
    const unnamed = /^http_request(_\d+)?$/.test(taskReferenceName);
    const ref = unnamed ? freshRef(workflow, prepared.taskReferenceName) : taskReferenceName;
    this.store.set({ fx: new Map(), branch: new Map(), tab: "inputs" });
    this.store.edits.setTask({ ...prepared, name: unnamed ? prepared.name : name, taskReferenceName: ref }, "");
  }
}
