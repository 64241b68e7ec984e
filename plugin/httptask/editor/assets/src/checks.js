// Findings of the whole workflow, each at the step that it is about.

import { same } from "./lossless.js";
import { parsePointer, toPointer } from "./pointer.js";
import { isBlank, isHttp, requestPath } from "./shape.js";

const DELAY = 150;

export class Checks {
  #call = null;
  #timer = 0;
  #told = null;

  constructor(store) {
    this.store = store;
    this.held = false; // a check that a test waits for goes on whatever happens meanwhile
  }

  soon() {
    const { task, connected } = this.store.state;
    clearTimeout(this.#timer);
    if (!this.held) this.#call?.abort();
    if (!task) this.store.set({ findings: new Map(), general: [], references: [], before: [] });
    else if (this.store.api && connected) this.#timer = setTimeout(() => this.now(), DELAY);
  }

  async now() {
    this.#call = new AbortController();
    const { task, workflow } = this.store.state;
    try {
      const { findings, ...about } = await this.store.api.check(this.store.given, this.#call.signal);
      const { state } = this.store;
      if (workflow === state.workflow && (workflow || task === state.task)) this.#put(findings);
      if (task === state.task) this.store.set(about);
    } catch (error) {
      if (error.name !== "AbortError") this.store.failed(error);
    }
  }

  /** Tell the host when there is something else to say. */
  #put(findings) {
    this.store.set(this.#placed(findings));
    if (this.#told && same(this.#told, findings)) return;
    this.#told = findings;
    this.store.tell("validity", { valid: !findings.some(({ severity }) => severity === "error"), findings });
  }

  /** Findings by step, their pointers into its task; `general` are those of no step. */
  #placed(all) {
    const { workflow, steps, task } = this.store.state;
    const known = workflow ? steps : [{ id: "task", path: [], task }];
    const byPlace = new Map(known.map((step) => [toPointer(step.path), step]));
    const findings = new Map();
    const general = [];
    for (const finding of all) {
      const [step, pointer] = owner(byPlace, finding.pointer);
      if (!step) general.push(finding);
      else if (!this.#isEarly(step, pointer))
        findings.set(step.id, [...(findings.get(step.id) ?? []), { ...finding, pointer }]);
    }
    return { findings, general };
  }

  /** Nothing typed yet is not a mistake: a task that was just added does not complain of a missing address. */
  #isEarly({ id, task }, pointer) {
    const uri = toPointer([...requestPath(task), "uri"]);
    return isHttp(task) && isBlank(task) && pointer === uri && !this.store.tests.of(id).length;
  }

  get here() {
    return this.store.state.findings.get(this.store.state.here) ?? [];
  }

  /** Findings at a place of the open task. */
  at(path) {
    const pointer = toPointer(path);
    return this.here.filter((finding) => finding.pointer === pointer);
  }

  below(path) {
    const pointer = toPointer(path);
    return this.here.filter((finding) => finding.pointer === pointer || finding.pointer.startsWith(`${pointer}/`));
  }
}

function owner(byPlace, pointer) {
  const steps = parsePointer(pointer);
  for (let depth = steps.length; depth >= 0; depth -= 1) {
    const place = toPointer(steps.slice(0, depth));
    const step = byPlace.get(place);
    if (step) return [step, toPointer(steps.slice(depth))];
  }
  return [null, pointer];
}
