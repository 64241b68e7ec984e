// The panel's state, and everything that can be done to it.

import { Api } from "./api.js";
import { remember, remembered } from "./memory.js";
import { same } from "./lossless.js";
import { getIn, parsePointer, removeIn, setIn, toPointer } from "./pointer.js";
import { blankTask, freshRef, isBlank, options, OPTIONS, placedTasks, requestPath, withInputs } from "./shape.js";
import { suggestion } from "./suggest.js";
import { TestRun } from "./test-run.js";

const SEARCH_DELAY = 30;
const CHECK_DELAY = 150;
const HISTORY = 20;

export class Store extends EventTarget {
  constructor() {
    super();
    this.starting = false;
    this.moves = 0; // how often the focus moved: who waited for the server leaves it alone if it did
    this.state = {
      connected: false, session: null, workflow: null, place: null, task: null, readOnly: false,
      query: "", hits: [], active: -1, searching: false, searchError: null, operation: null, operationId: "", choices: {},
      findings: [], references: [], inputs: {}, asking: false, typing: false,
      run: null, history: [], stale: false, mapping: null, toast: "", tab: "inputs", fx: new Map(), branch: new Map(), shown: new Map(),
    };
  }

  set(patch) {
    Object.assign(this.state, patch);
    this.dispatchEvent(new Event("change"));
  }

  tell(type, detail) { this.dispatchEvent(new CustomEvent("tell", { detail: { type, detail } })); }

  connect(base, token) {
    this.api = new Api(base, token);
    this.set({ connected: Boolean(token) });
    if (token) this.#guarded(async () => this.set({ session: await this.api.session() }));
    this.checkSoon();
  }

  // --- the task and its workflow -----------------------------------------------------------------

  open({ workflow = null, task = null, ref = "" }) {
    const placed = placedTasks(workflow?.tasks);
    const chosen = placed.find((each) => each.task.taskReferenceName === ref) ?? placed.find((each) => each.task.type === "HTTP") ?? placed[0];
    this.#show({ workflow, place: chosen?.path ?? null, task: workflow ? chosen?.task ?? null : task });
  }

  choose(path) { this.#show({ place: path, task: getIn(this.state.workflow, path) }); }

  #show(patch) {
    const runs = this.state.history.filter((run) => run.ref === patch.task?.taskReferenceName);
    this.set({ ...patch, findings: [], references: [], run: runs[0] ?? null, stale: false, mapping: null, fx: new Map(), branch: new Map(), operation: null, operationId: "" });
    this.set({ inputs: remembered(this.state.workflow?.name) });
    this.checkSoon();
    this.#document(patch.task);
  }

  #document(task) {
    const id = options(task).operation?.id;
    if (id && this.api && this.state.connected) this.show(id, { quiet: true });
  }

  /** Put a changed task in the place of the old one. */
  setTask(task) {
    if (this.state.readOnly || same(task, this.state.task)) return;
    const workflow = this.state.place ? withInputs(setIn(this.state.workflow, this.state.place, task), task) : this.state.workflow;
    this.set({ task, workflow, stale: this.state.run !== null });
    this.changed();
  }

  changed() {
    this.tell("change", { task: this.state.task, workflow: this.state.workflow });
    this.checkSoon();
  }

  setValue(path, value) { this.setTask(setIn(this.state.task, path, value)); }
  removeValue(path) { this.setTask(removeIn(this.state.task, path)); }

  addTask(task = blankTask("http_request")) {
    if (this.state.readOnly) return;
    const ref = freshRef(this.state.workflow, task.taskReferenceName || "http_request");
    const added = { ...task, taskReferenceName: ref };
    if (!this.state.workflow) {
      this.#show({ task: added });
    } else {
      const tasks = [...(this.state.workflow.tasks ?? []), added];
      this.#show({ workflow: withInputs({ ...this.state.workflow, tasks }, added), place: ["tasks", tasks.length - 1], task: added });
    }
    this.changed();
  }

  removeTask() {
    if (!this.state.place || this.state.readOnly) return;
    this.open({ workflow: removeIn(this.state.workflow, this.state.place) });
    this.changed();
  }

  // --- the catalogue ------------------------------------------------------------------------------

  search(query) {
    this.set({ query, searching: true, active: -1 });
    clearTimeout(this.searchTimer);
    this.searchCall?.abort();
    if (!query.trim()) { this.set({ hits: [], searching: false, searchError: null }); return; }
    this.searchTimer = setTimeout(() => this.#searchNow(query), SEARCH_DELAY);
  }

  async #searchNow(query) {
    this.searchCall = new AbortController();
    try {
      const hits = await this.api.search(query, 30, this.searchCall.signal);
      if (query === this.state.query) this.set({ hits, searching: false, searchError: null, active: hits.length ? 0 : -1 });
    } catch (error) {
      if (error.name !== "AbortError") this.set({ hits: [], searching: false, searchError: error.error ?? { message: String(error) } });
    }
  }

  /** Show an operation's documentation; in an empty task, prepare its request as well. */
  async take(id) {
    await this.show(id);
    if (isBlank(this.state.task)) await this.use(id);
  }

  async show(id, { quiet = false } = {}) {
    if (id !== this.state.operationId) this.set({ operationId: id, choices: {} });
    const load = async () => {
      const operation = await this.api.operation(id);
      if (this.state.operationId === id) this.set({ operation });
    };
    await (quiet ? load().catch(() => {}) : this.#guarded(load));
  }

  /** Choose a server, media type, kind of authentication or shape for the next preparation. */
  prefer(name, value) {
    const { [name]: _, ...rest } = this.state.choices;
    this.set({ choices: value === "" ? rest : { ...rest, [name]: value } });
  }

  /** Prepare the operation's request, in this task or as a new one. */
  use(id, { asNew = false } = {}) {
    return this.#guarded(async () => {
      const task = await this.api.prepare(id, id === this.state.operationId ? this.state.choices : {});
      if (asNew || !this.state.task) return this.addTask(task);
      const { taskReferenceName, name } = this.state.task;
      const named = /^http_request(_\d+)?$/.test(taskReferenceName);
      const ref = named ? freshRef(this.state.workflow, task.taskReferenceName) : taskReferenceName;
      this.set({ fx: new Map(), branch: new Map(), tab: "inputs" });
      return this.setTask({ ...task, name: named ? task.name : name, taskReferenceName: ref });
    });
  }

  // --- the check ----------------------------------------------------------------------------------

  get draft() { return { task: this.state.task, workflow: this.state.workflow }; }

  checkSoon() {
    clearTimeout(this.checkTimer);
    if (!this.starting) this.checkCall?.abort();
    if (this.state.task && this.api && this.state.connected) this.checkTimer = setTimeout(() => this.check(), CHECK_DELAY);
  }

  async check() {
    this.checkCall = new AbortController();
    const { task } = this.state;
    try {
      const checked = await this.api.check(this.draft, this.checkCall.signal);
      if (task === this.state.task) this.set({ ...checked, findings: isBlank(task) && !this.state.run ? withoutUri(checked.findings, task) : checked.findings });
    } catch (error) {
      if (error.name !== "AbortError") this.#failed(error);
    }
  }

  problems(path) {
    const pointer = toPointer(path);
    return this.state.findings.filter((finding) => finding.pointer === pointer);
  }

  problemsBelow(path) {
    const pointer = toPointer(path);
    return this.state.findings.filter((finding) => finding.pointer === pointer || finding.pointer.startsWith(`${pointer}/`));
  }

  // --- the test -----------------------------------------------------------------------------------

  get asked() {
    const open = this.state.references.filter(({ available, root }) => !available && root !== "workflow.secrets");
    const texts = [...new Set(open.map(({ text }) => text))];
    return [...texts.filter((text) => !this.suggested(text)), ...texts.filter((text) => this.suggested(text))];
  }

  /** What the user typed for an expression, or what its field's schema suggests. */
  inputFor(text) {
    const { inputs } = this.state;
    return Object.hasOwn(inputs, text) ? inputs[text] : this.suggested(text);
  }

  suggested(text) {
    const { references, task } = this.state;
    return suggestion(task, references.find((each) => each.text === text)?.pointer ?? "");
  }

  get missing() { return this.asked.filter((text) => this.inputFor(text) === ""); }

  setInput(text, value) {
    const inputs = { ...this.state.inputs, [text]: value };
    remember(this.state.workflow?.name, inputs);
    this.set({ inputs });
  }

  /**
   * Test once, however often it is asked for: the first press has not started while it checks.
   * That check goes on whatever happens meanwhile: it tells which inputs the test is given.
   */
  async test() {
    if (!this.state.task || this.starting || this.state.run?.running) return;
    const { moves } = this;
    this.starting = true;
    await this.check();
    this.starting = false;
    const [missing] = this.missing;
    if (!missing) { await this.#run(); return; }
    this.set({ asking: true });
    if (moves === this.moves) this.tell("ask", { text: missing });
  }

  async #run() {
    const run = new TestRun(this.state.task.taskReferenceName, () => this.set({}));
    this.set({ run, stale: false, asking: false, mapping: null });
    this.tell("test-start", { task: this.state.task });
    await run.start(this.api, { ...this.draft, inputs: this.#given() });
    this.set({ history: [run, ...this.state.history].slice(0, HISTORY) });
    this.tell("test-end", { trace: run.trace, error: run.error });
    this.checkSoon();
  }

  cancel() { this.state.run?.cancel(this.api); }

  #given() {
    return Object.fromEntries(this.asked.map((text) => [text, readInput(this.inputFor(text))]));
  }

  // --- mapping ------------------------------------------------------------------------------------

  addOutput(name, path) {
    this.setValue([...OPTIONS, "output", name], path);
    this.say(`Output ${name} added`);
  }

  /** Write an expression into an input of another task. */
  useIn(path, expression) {
    if (this.state.readOnly) return;
    const workflow = setIn(this.state.workflow, path, expression);
    this.set({ workflow, task: getIn(workflow, this.state.place) });
    this.changed();
    this.say("Mapped");
  }

  // --- the rest -----------------------------------------------------------------------------------

  goTo(pointer) {
    this.tell("focus", { path: parsePointer(pointer) });
  }

  say(toast) {
    this.set({ toast });
    clearTimeout(this.toastTimer);
    this.toastTimer = setTimeout(() => this.set({ toast: "" }), 3500);
  }

  async #guarded(work) {
    try {
      await work();
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error) {
    this.say(error.error ? [error.error.message, error.error.hint].filter(Boolean).join(" – ") : String(error));
    this.tell("error", { error: error.error ?? { code: "unexpected", message: String(error) } });
  }
}

/** Nothing typed yet is not a mistake: a task that was just added does not complain of a missing address. */
function withoutUri(findings, task) {
  const pointer = toPointer([...requestPath(task), "uri"]);
  return findings.filter((finding) => finding.pointer !== pointer);
}

function readInput(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
