// The bar above the panes: the workflow, what is wrong with it, undo and redo.

import { html, nothing } from "../vendor/lit.js";
import * as icons from "./icons.js";
import { worstOf } from "./outline.js";
import { Part } from "./part.js";

class WorkflowBar extends Part {
  static reads = ["workflow", "steps", "readOnly", "findings", "general", "undoable", "redoable"];

  render() {
    const { workflow, readOnly } = this.state;
    return html`<strong class="workflow-name" title="Workflow">${workflow?.name ?? "workflow"}</strong>
      ${this.problems()}${readOnly ? nothing : this.tools()}`;
  }

  tools() {
    const { undoable, redoable } = this.state;
    const tool = (label, icon, act, off = false) => html`<button class="tool" aria-label=${label} title=${label}
      ?disabled=${off} @click=${act}>${icon}</button>`;
    return html`<span class="tools">
      ${tool("Undo", icons.undo, () => this.store.edits.undo(), !undoable)}
      ${tool("Redo", icons.redo, () => this.store.edits.redo(), !redoable)}
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

customElements.define("hte-bar", WorkflowBar);
