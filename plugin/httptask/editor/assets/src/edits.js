// The definition: what is open, and every change of it, each of which can be undone.

import { same } from "./lossless.js";
import { getIn, removeIn, setIn, toPointer } from "./pointer.js";
import { blankTask, isBlank, isHttp, OPTIONS } from "./shape.js";
import { identify, placedTasks, samePlace } from "./steps.js";
import { withFreshRefs, withMoved } from "./step-changes.js";
import { Undo } from "./undo.js";
import { withInputs } from "./workflow-inputs.js";

const KEPT = 50;
const ECHO_TIME = 5000;

/** What belongs to one step's view: put aside when another step is opened. */
export const VIEW = () => ({
  tab: "inputs",
  fx: new Map(),
  branch: new Map(),
  shown: new Map(),
  mapping: null,
  picking: "", // the pointer of the field that a value is picked for
  operation: null,
  operationId: "",
  choices: {},
  asking: false,
  typing: false,
  references: [],
  before: [], // the steps before that this one reads: {reference, computed, missing}
  fromHere: false, // whether the last press of a test asked for them too
  fixture: null, // what responds instead of the network: {name, document}
  draft: "", // JSON in work that cannot be read yet
});

export class Edits {
  #undo = new Undo();
  #views = new Map();
  #sent = [];

  constructor(store) {
    this.store = store;
  }

  get #state() {
    return this.store.state;
  }

  pointer() {
    return toPointer(this.store.step?.path ?? []);
  }

  // --- what is open -------------------------------------------------------------------------------

  /** Take what the host has: a first definition, a copy of ours, or one that it changed. */
  receive({ workflow = null, task = null, ref = "" }) {
    const { workflow: old, task: oldTask } = this.#state;
    const [now, before] = workflow || old ? [workflow, old] : [task, oldTask];
    if (now !== before && this.#isEcho(now, before)) return;
    if (now === before) {
      this.#openNamed(ref);
      return;
    }
    const related = Boolean(workflow && old && workflow.name === old.name) || Boolean(!workflow && !old && oldTask);
    if (related) this.#undo.remember(this.#now, "");
    else this.#undo.forget();
    const steps = identify(this.#state.steps, workflow, { related });
    const kept = steps.find(({ id }) => id === this.#state.here);
    const next = this.#named(steps, ref) ?? kept ?? steps.find((each) => each.task.type === "HTTP") ?? steps[0];
    this.#put({
      workflow,
      steps,
      task: workflow ? (next?.task ?? null) : task,
      here: next?.id ?? (task ? "task" : ""),
    });
    if (!related) this.store.tests.recall();
  }

  /** A host may send back what it was told: once each, and late. */
  #isEcho(now, before) {
    if (now === null || before === null) return false;
    this.#sent = this.#sent.filter(({ at }) => performance.now() - at < ECHO_TIME);
    const at = this.#sent.findIndex(({ value }) => same(value, now));
    if (at >= 0) this.#sent.splice(0, at + 1);
    return at >= 0 || same(now, before);
  }

  #named(steps, ref) {
    return ref && this.store.step?.task.taskReferenceName !== ref
      ? steps.find(({ task }) => task.taskReferenceName === ref)
      : undefined;
  }

  #openNamed(ref) {
    const found = this.#named(this.#state.steps, ref);
    if (found) this.choose(found.id);
  }

  choose(id) {
    const step = this.#state.steps.find((each) => each.id === id);
    if (step && id !== this.#state.here) this.#put({ here: id, task: step.task });
  }

  /** Show a state; what belongs to the view of a step comes and goes with it. */
  #put(patch) {
    const { here } = this.#state;
    const moved = patch.here !== undefined && patch.here !== here;
    if (moved) this.#views.set(here, Object.fromEntries(Object.keys(VIEW()).map((key) => [key, this.#state[key]])));
    const view = moved ? { ...VIEW(), ...this.#views.get(patch.here) } : {};
    this.store.set({ ...patch, ...view, ...this.#undo.possible });
    this.store.tests.show();
    if (moved) this.store.tell("select", this.#selected());
    if (moved) this.store.catalogue.document();
    this.store.checks.soon();
  }

  #selected() {
    const { task } = this.#state;
    return { taskReference: task?.taskReferenceName ?? "", task, pointer: this.pointer() };
  }

  // --- changes ------------------------------------------------------------------------------------

  /** Put a changed task in the place of the old one; changes with one `key` in a row are one. */
  setTask(task, key = "task") {
    if (this.#state.readOnly || same(task, this.#state.task)) return;
    const { step } = this.store;
    if (!step) {
      this.#undo.remember(this.#now, key);
      this.#put({ task });
      this.#changed();
      return;
    }
    const workflow = withInputs(setIn(this.#state.workflow, step.path, task), task, step.task);
    this.setWorkflow(workflow, { key });
  }

  setValue(path, value) {
    this.setTask(setIn(this.#state.task, path, value), toPointer(path));
  }

  removeValue(path) {
    this.setTask(removeIn(this.#state.task, path), `remove ${toPointer(path)}`);
  }

  /** Give the open task another reference; what reads its output goes on reading it. */
  async rename(to) {
    const { workflow, task, steps } = this.#state;
    const from = task.taskReferenceName;
    if (to === from) return;
    const others = steps.some((each) => each.id !== this.#state.here && each.task.taskReferenceName === from);
    const plain = () => this.setTask({ ...task, taskReferenceName: to }, "");
    if (!workflow || !from || others) plain();
    else await this.store.guarded(() => this.#renameEverywhere(from, to));
  }

  async #renameEverywhere(from, to) {
    const { workflow, left } = await this.store.api.rename(this.#state.workflow, from, to);
    this.setWorkflow(workflow);
    if (left.length) this.store.say(`Scripts that still say ${from}: ${left.join(", ")}`);
  }

  /** Put a changed workflow in the place of the old one; `open` is the path of the step to show. */
  setWorkflow(workflow, { key = "", open = null } = {}) {
    if (this.#state.readOnly) return;
    this.#undo.remember(this.#now, key);
    const steps = identify(this.#state.steps, workflow, { related: open === null });
    const wanted = open
      ? steps.find(({ path }) => samePlace(path, open))
      : steps.find(({ id }) => id === this.#state.here);
    const next = wanted ?? steps.find(({ task }) => task.type === "HTTP") ?? steps[0];
    this.#put({ workflow, steps, task: next?.task ?? null, here: next?.id ?? "" });
    this.#changed();
  }

  /** Write a value anywhere in the workflow. */
  setAt(path, value) {
    this.setWorkflow(setIn(this.#state.workflow, path, value), { key: toPointer(path) });
  }

  addOutput(name, path) {
    this.setValue([...OPTIONS, "output", name], path);
    this.store.say(`Output ${name} added`);
  }

  // --- steps --------------------------------------------------------------------------------------

  /** Add a task to a list of tasks; by default at the end. */
  addTask(task = blankTask("http_request"), list = ["tasks"], at = Infinity) {
    if (this.#state.readOnly) return;
    const { workflow } = this.#state;
    const added = withFreshRefs(workflow, task);
    if (!workflow) {
      this.#undo.remember(this.#now, "");
      this.#put({ task: added, here: "task" });
      this.#changed();
      return;
    }
    const tasks = getIn(workflow, list) ?? [];
    const index = Math.min(at, tasks.length);
    this.setWorkflow(withInputs(setIn(workflow, list, tasks.toSpliced(index, 0, added)), added), {
      open: [...list, index],
    });
  }

  /** Add tasks after the open one, the first in its place if it is empty; `defaults` are values of inputs. */
  addImported(tasks, defaults) {
    const { workflow, task } = this.#state;
    const { step } = this.store;
    if (this.#state.readOnly || !tasks.length) return;
    if (!workflow) {
      this.addTask(tasks[0]);
      return;
    }
    const list = step ? step.path.slice(0, -1) : ["tasks"];
    const replaces = Boolean(step) && isHttp(task) && isBlank(task);
    const at = step ? step.path.at(-1) + (replaces ? 0 : 1) : (workflow.tasks ?? []).length;
    const begun = replaces ? removeIn(workflow, step.path) : workflow;
    const inputs = Object.keys(defaults).length ? { inputTemplate: { ...defaults, ...begun.inputTemplate } } : {};
    const filled = tasks.reduce(
      (flow, each, index) => {
        const added = withFreshRefs(flow, each);
        return withInputs(setIn(flow, list, (getIn(flow, list) ?? []).toSpliced(at + index, 0, added)), added);
      },
      { ...begun, ...inputs },
    );
    this.setWorkflow(filled, { open: [...list, at] });
  }

  /** Add a task `before` or `after` a step, or into the list that `list` names below it. */
  addBeside(step, side, task = undefined) {
    if (Array.isArray(side)) this.addTask(task, [...step.path, ...side]);
    else this.addTask(task, step.path.slice(0, -1), step.path.at(-1) + (side === "after" ? 1 : 0));
  }

  duplicate(step) {
    this.addTask(step.task, step.path.slice(0, -1), step.path.at(-1) + 1);
  }

  removeStep(step) {
    const { steps, here } = this.#state;
    const inside = (path) => samePlace(path.slice(0, step.path.length), step.path);
    const rest = steps.filter(({ path }) => !inside(path));
    const at = steps.indexOf(step);
    const next = rest.find(({ id }) => id === here) ?? rest[Math.min(at, rest.length - 1)];
    this.#undo.remember(this.#now, "");
    const workflow = removeIn(this.#state.workflow, step.path);
    const left = placedTasks(workflow.tasks).map((each, index) => ({ ...each, id: rest[index].id }));
    this.#put({ workflow, steps: left, task: next?.task ?? null, here: next?.id ?? "" });
    this.#changed();
    this.store.say(`Removed ${step.task.taskReferenceName}`, { label: "Undo", act: () => this.undo() });
  }

  /** Move a step into a list, before what is at `index` in it now. */
  moveTo(step, list, index) {
    const { workflow } = this.#state;
    const moved = withMoved(workflow, step, list, index);
    if (moved !== workflow) this.setWorkflow(moved);
  }

  /** Move a step up or down; at the end of its list, out of the branch. */
  shift(step, by) {
    const list = step.path.slice(0, -1);
    const to = step.path.at(-1) + by;
    const tasks = getIn(this.#state.workflow, list);
    if (to >= 0 && to < tasks.length) this.moveTo(step, list, by > 0 ? to + 1 : to);
    else this.#leave(step, by);
  }

  #leave(step, by) {
    const parent = this.#state.steps.findLast(
      ({ path }) => path.length < step.path.length && samePlace(step.path.slice(0, path.length), path),
    );
    if (parent) this.moveTo(step, parent.path.slice(0, -1), parent.path.at(-1) + (by > 0 ? 1 : 0));
  }

  // --- undo ---------------------------------------------------------------------------------------

  get #now() {
    const { workflow, task, steps, here } = this.#state;
    return { workflow, task, steps, here };
  }

  undo() {
    if (!this.#state.readOnly) this.#turnTo(this.#undo.back(this.#now));
  }

  redo() {
    if (!this.#state.readOnly) this.#turnTo(this.#undo.forth(this.#now));
  }

  /** Show a state that was; the step in view stays open if nothing but values changed. */
  #turnTo(state) {
    if (!state) return;
    const { here, steps } = this.#state;
    const stays = state.steps.length === steps.length && state.steps.find(({ id }) => id === here);
    this.#put(stays ? { ...state, here, task: stays.task } : state);
    this.#changed();
  }

  #changed() {
    const { task, workflow } = this.#state;
    this.#sent = [...this.#sent, { value: workflow ?? task, at: performance.now() }].slice(-KEPT);
    this.store.tell("change", { task, workflow });
  }
}
