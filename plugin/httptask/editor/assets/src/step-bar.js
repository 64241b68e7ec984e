// The bar above the panes: the steps of the workflow, and what can be done to them.

import { html, nothing } from "../vendor/lit.js";
import * as icons from "./icons.js";
import { Part } from "./part.js";
import { isHttp } from "./shape.js";

class StepBar extends Part {
  static reads = ["workflow", "steps", "here", "readOnly", "findings", "general", "runs", "undoable", "redoable"];

  render() {
    const { workflow, steps, here, readOnly } = this.state;
    return html`<strong class="workflow-name" title="Workflow">${workflow?.name ?? "workflow"}</strong>
      <nav class="steps" aria-label="Tasks">${steps.map((step) => this.step(step, here))}
        ${
          readOnly || !steps.length
            ? nothing
            : html`<button class="step add" aria-label="Add HTTP task"
          @click=${() => this.add()}>${icons.plus}HTTP task</button>`
        }</nav>
      ${this.problems()}${readOnly ? nothing : this.tools()}`;
  }

  /** Keep the open step in view, however many there are. */
  updated() {
    const { here } = this.state;
    if (here !== this.seen)
      this.querySelector("[aria-current=step]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
    this.seen = here;
  }

  step({ id, task }, here) {
    const worst = worstOf(this.state.findings.get(id) ?? []);
    return html`<button class="step ${isHttp(task) ? "" : "other"}" aria-current=${id === here ? "step" : "false"}
      @click=${() => this.store.edits.choose(id)}>${this.mark(id)}${task.taskReferenceName ?? task.name}
      ${isHttp(task) ? nothing : html`<small>${task.type}</small>`}
      ${worst ? html`<span class="dot ${worst}" title="has ${worst}s"></span>` : nothing}</button>`;
  }

  mark(id) {
    const [run] = this.store.tests.of(id);
    if (!run) return nothing;
    if (run.running) return html`<span class="spinner" title="under test"></span>`;
    return run.trace?.status === "completed" ? html`<span class="ok" title="tested">${icons.check}</span>` : nothing;
  }

  add() {
    this.store.edits.addTask();
    this.store.tell("focus-search", {});
  }

  tools() {
    const { undoable, redoable } = this.state;
    const tool = (label, icon, act, off = false) => html`<button class="tool" aria-label=${label} title=${label}
      ?disabled=${off} @click=${act}>${icon}</button>`;
    return html`<span class="tools">
      ${tool("Undo", icons.undo, () => this.store.edits.undo(), !undoable)}
      ${tool("Redo", icons.redo, () => this.store.edits.redo(), !redoable)}
      ${
        this.store.step
          ? tool("Remove this task", icons.trash, () => this.store.edits.removeStep(this.store.step))
          : nothing
      }
    </span>`;
  }

  problems() {
    const { findings, general, steps } = this.state;
    const all = [...general, ...[...findings.values()].flat()];
    const worst = worstOf(all);
    if (!worst) return nothing;
    const count = all.filter(({ severity }) => severity === worst).length;
    const step = steps.find(({ id }) => findings.get(id)?.some(({ severity }) => severity === worst));
    const show = () => {
      if (!step) return;
      this.store.edits.choose(step.id);
      this.store.goTo(findings.get(step.id).find(({ severity }) => severity === worst).pointer);
    };
    return html`<button class="findings ${worst === "error" ? "bad" : ""}" title=${general[0]?.message ?? ""}
      @click=${show}>${icons.warn}${count} ${worst}${count === 1 ? "" : "s"}</button>`;
  }
}

const worstOf = (findings) =>
  findings.some(({ severity }) => severity === "error") ? "error" : findings.length ? "warning" : "";

customElements.define("hte-steps", StepBar);
