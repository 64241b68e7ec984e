// Test requests: what they are given, and their results by step.

import { isHttp } from "./shape.js";
import { isSecretField, offers, servers, suggestion } from "./suggest.js";
import { TestRun } from "./test-run.js";
import { same } from "./lossless.js";

const KEPT = 20;
const KEEP_DELAY = 400;

export class Tests {
  constructor(store) {
    this.store = store;
  }

  get #state() {
    return this.store.state;
  }

  /** The tests of a step, newest first; by default of the one in view. */
  of(id = this.#state.here) {
    return this.#state.runs.get(id) ?? [];
  }

  /** Show the last test of the step in view, or one that is chosen. */
  show(run = this.of()[0] ?? null) {
    if (run?.isKept && !run.trace) this.#load(run);
    if (run !== this.#state.run) this.store.set({ run });
  }

  /** Read the trace of a test that the server has kept. */
  #load(run) {
    return this.store.guarded(async () => {
      await run.load(this.store.api);
      this.store.set({ runs: new Map(this.#state.runs), beat: this.#state.beat + 1 });
    });
  }

  /** The tests that give the outputs of the other steps, by reference. */
  samples() {
    const { steps, task: open } = this.#state;
    const all = steps.length ? steps : [{ id: "task", task: open ?? {} }];
    const found = all.map(({ id, task }) => [task.taskReferenceName, this.resultOf(id)?.id]);
    return Object.fromEntries(found.filter(([ref, id]) => ref && id));
  }

  /** The test whose result a step gives to others: the one that is pinned, or the last. */
  resultOf(id) {
    const runs = this.of(id);
    const pinned = this.#state.pinned.get(id);
    return runs.includes(pinned) ? pinned : runs.find((run) => run.trace || run.isKept);
  }

  /** Let an earlier test give the result of its step, or again the last one. */
  pin(run) {
    const pinned = new Map(this.#state.pinned);
    if (pinned.get(run.step) === run) pinned.delete(run.step);
    else pinned.set(run.step, run);
    this.store.set({ pinned });
    this.store.checks.soon();
  }

  // --- the steps before ---------------------------------------------------------------------------

  /**
   * The steps that the one in view reads, first ones first: `{reference, step, run, missing, now}`;
   * `now`: how it is executed when this one is tested from here: "test", "compute", or "" for as it was.
   */
  get before() {
    const { before, steps } = this.#state;
    return before.map(({ reference, computed, missing }) => {
      const step = steps.find(({ task }) => task.taskReferenceName === reference);
      const run = step && this.resultOf(step.id);
      const untested = step && isHttp(step.task) && run?.status !== "completed";
      return { reference, step, run, missing, now: computed ? "compute" : untested ? "test" : "" };
    });
  }

  // --- what a test is given -----------------------------------------------------------------------

  get asked() {
    const open = this.#state.references.filter(({ available, root }) => !available && root !== "workflow.secrets");
    const own = open.map(({ text }) => text);
    const texts = [...new Set(this.#state.fromHere ? this.#withBefore(own) : own)];
    return [...texts.filter((text) => !this.suggested(text)), ...texts.filter((text) => this.suggested(text))];
  }

  /** The steps before give their part; those that are executed for it need some themselves. */
  #withBefore(own) {
    const executed = this.before.filter(({ now }) => now);
    const names = new Set(executed.map(({ reference }) => reference));
    return [...own.filter((text) => !names.has(text.split(".")[0])), ...executed.flatMap(({ missing }) => missing)];
  }

  get missing() {
    return this.asked.filter((text) => this.inputFor(text) === "");
  }

  /** What the user typed for an expression, or what its field's schema suggests. */
  inputFor(text) {
    const { inputs } = this.#state;
    return Object.hasOwn(inputs, text) ? inputs[text] : this.suggested(text);
  }

  suggested(text) {
    const { state } = this.store;
    return suggestion(state.task, this.#pointerOf(text)) || (servers(state.task, text, state)[0] ?? "");
  }

  /** What a test may be given for an expression. */
  offered(text) {
    const { state } = this.store;
    return [...servers(state.task, text, state), ...offers(state.task, this.#pointerOf(text))];
  }

  #pointerOf(text) {
    return this.#state.references.find((each) => each.text === text)?.pointer ?? "";
  }

  /** What is known of an expression's value: `{value, type, from}`, or null. */
  known({ text, root, value, type }) {
    const from = root === "task" ? `last test of ${text.split(".")[0]}` : "";
    if (value) return { value, type, from };
    const typed = this.#state.inputs[text];
    if (typed && !this.isSecret(text)) return { value: typed.slice(0, 60), type, from: "input of the test" };
    return type
      ? { value: "", type, from: root === "task" ? `by the schema of ${text.split(".")[0]}` : "input of the workflow" }
      : null;
  }

  /** What was typed, by expression, and what is suggested for the task in view. */
  inputs() {
    const texts = [...Object.keys(this.#state.inputs), ...this.asked].filter((text) => this.inputFor(text) !== "");
    return this.#values(texts);
  }

  /** The value that a test gives an expression. */
  given(text) {
    return readInput(this.inputFor(text));
  }

  /** Whether a file is asked for: the expression stands where a request has one. */
  isFile(text) {
    return /^\/inputParameters\/httptask\/(multipart\/.*\/)?file$/.test(this.#pointerOf(text));
  }

  setInput(text, value) {
    const inputs = { ...this.#state.inputs, [text]: value };
    this.store.set({ inputs });
    this.store.checks.soon();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#remember(), KEEP_DELAY);
  }

  /** The server keeps what tests were given; what may be a secret stays in this page. */
  #remember() {
    const { inputs, workflow, references } = this.#state;
    const secret = new Set(references.filter((each) => this.isSecret(each.text)).map(({ text }) => text));
    const plain = Object.entries(inputs).filter(([text]) => !secret.has(text));
    this.store.api.keepInputs(workflow?.name ?? "", Object.fromEntries(plain)).catch(() => {});
  }

  /** Whether a value may be a secret: by its name, or as its schema says. */
  isSecret(text) {
    const { references, task } = this.#state;
    const found = references.filter((each) => each.text === text);
    return found.some(({ secret, pointer }) => secret || isSecretField(task, pointer));
  }

  /** Names of secrets that the task reads and the server does not have. */
  get missingSecrets() {
    const open = this.#state.references.filter(({ available, root }) => !available && root === "workflow.secrets");
    const known = new Set(this.#state.session?.secrets);
    return [...new Set(open.map(({ text }) => text.split(".")[2]))].filter((name) => name && !known.has(name));
  }

  async setSecret(name, value) {
    await this.store.guarded(async () => {
      await this.store.api.setSecret(name, value);
      await this.store.refresh();
      await this.store.checks.now();
    });
  }

  // --- the test -----------------------------------------------------------------------------------

  /**
   * Test once, however often it is asked for: the first press has not started while it checks.
   * That check goes on whatever happens meanwhile: it tells which inputs the test is given.
   * `fromHere`: the steps before that have no result yet are tested first, in their order.
   */
  async start({ fromHere = this.#state.asking && this.#state.fromHere } = {}) {
    const { checks } = this.store;
    if (!isHttp(this.#state.task) || checks.held || this.of()[0]?.running) return;
    const { moves } = this.store;
    const { here } = this.#state;
    this.store.set({ fromHere });
    checks.held = true;
    await checks.now();
    checks.held = false;
    if (here !== this.#state.here) return;
    const [missing] = this.missing;
    if (missing) {
      this.store.set({ asking: true });
      if (moves === this.store.moves) this.store.tell("ask", { text: missing });
    } else if (!fromHere || (await this.#runBefore())) await this.#run(this.#inView);
  }

  get #inView() {
    return this.store.step ?? { id: this.#state.here, task: this.#state.task };
  }

  /** Test the steps before that have no result; returns whether all of them have one now. */
  async #runBefore() {
    for (const { step } of this.before.filter(({ now }) => now === "test")) {
      const run = await this.#run(step);
      if (run.status === "completed") continue;
      const open = { label: "Open", act: () => this.store.edits.choose(step.id) };
      this.store.say(`${step.task.taskReferenceName} did not succeed: the test ends there`, open);
      return false;
    }
    return true;
  }

  async #run(step) {
    const { task, id } = step;
    const { fromHere } = this.#state;
    const isHere = () => this.#state.here === id;
    const run = new TestRun(
      id,
      task,
      () => isHere() && this.store.set({ beat: this.#state.beat + 1 }),
      (about) => this.#keep(about),
    );
    const view = isHere() ? { run, asking: false, typing: false, mapping: null } : {};
    this.store.set({ ...this.#with(run), ...view });
    this.store.tell("test-start", { task });
    const order = { ...this.store.draftOf(step), inputs: this.#values(this.asked), fromHere };
    await run.start(this.store.api, { ...order, ...(isHere() ? this.#fixture() : {}) });
    this.store.set({ runs: new Map(this.#state.runs), beat: this.#state.beat + 1 });
    this.store.tell("test-end", { task, trace: run.trace, error: run.error });
    this.store.checks.soon();
    return run;
  }

  /** A step before was executed for this test: its result is kept like a test's. */
  #keep(about) {
    const step = this.#state.steps.find(({ task }) => task.taskReferenceName === about.reference);
    if (step) this.store.set(this.#with(TestRun.kept(step, about)));
  }

  /** The tests with one more; the oldest of all give way. */
  #with(run) {
    const runs = new Map(this.#state.runs).set(run.step, [run, ...this.of(run.step)]);
    const ended = [...runs.values()].flat().filter(({ running }) => !running);
    const old = new Set(ended.toSorted((one, other) => other.begun - one.begun).slice(KEPT));
    old.forEach((each) => each.drop());
    return { runs: new Map([...runs].map(([id, list]) => [id, list.filter((each) => !old.has(each))])) };
  }

  #fixture() {
    const { fixture } = this.#state;
    return fixture ? { fixture: fixture.document } : {};
  }

  /** Bring back the tests that the server has kept of steps that have none here: after a reload. */
  async recall() {
    const { workflow, steps, runs } = this.#state;
    if (!workflow || !this.#state.connected) return;
    const name = workflow.name ?? "";
    const { api } = this.store;
    const [kept, inputs] = await Promise.all([api.tests(name).catch(() => []), api.inputs(name).catch(() => ({}))]);
    const found = new Map(this.#state.runs);
    for (const step of steps) {
      const own = kept.filter(({ reference }) => reference === step.task.taskReferenceName);
      if (own.length && !runs.has(step.id))
        found.set(
          step.id,
          own.map((about) => TestRun.kept(step, about)),
        );
    }
    this.store.set({ runs: found, inputs: { ...inputs, ...this.#state.inputs } });
    this.store.checks.soon();
    this.show();
  }

  /** Make the request of an earlier test the one of the task again. */
  restore(run) {
    const { inputParameters } = run.task;
    this.store.edits.setTask({ ...this.#state.task, inputParameters }, "");
  }

  cancel() {
    this.#state.run?.cancel(this.store.api);
  }

  /** Whether the request changed since a test. */
  isStale(run) {
    return Boolean(run) && !same(run.task.inputParameters, this.#state.task?.inputParameters);
  }

  /** Whether the step of a test has changed since. */
  isStaleAt({ step, task }) {
    const now = this.#state.steps.find(({ id }) => id === step)?.task;
    return !same(task.inputParameters, now?.inputParameters);
  }

  #values(texts) {
    return Object.fromEntries(texts.map((text) => [text, this.given(text)]));
  }
}

function readInput(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
