// The same task as JSON. CodeMirror is loaded when this view is first opened.

import { html } from "../vendor/lit.js";
import { parse, same, stringify } from "./lossless.js";
import { Part } from "./part.js";
import { parsePointer } from "./pointer.js";

class JsonView extends Part {
  static reads = ["task", "here", "draft", "findings", "readOnly"];

  static properties = { ...Part.properties, broken: { state: true } };

  render() {
    return html`<div class="code-editor" part="json"></div>
      <p class="message error" role="status" ?hidden=${!this.state.draft}>Not JSON yet: ${this.broken}</p>`;
  }

  async firstUpdated() {
    this.cm = await import("../vendor/codemirror.js");
    this.setup = await import("./json-setup.js");
    if (!this.isConnected) return;
    this.view = new this.cm.EditorView({
      parent: this.querySelector(".code-editor"),
      root: this.getRootNode(),
      state: this.fresh(),
    });
    this.mark();
  }

  /** A state of its own for each step: no undo leads from one into another. */
  fresh() {
    const { task, draft, here } = this.state;
    this.shown = here;
    if (draft) this.read(draft);
    const extensions = this.setup.jsonExtensions(this.store, (text) => this.read(text));
    return this.cm.EditorState.create({ doc: draft || stringify(task, 2), extensions });
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.view?.destroy();
  }

  read(text) {
    try {
      const task = parse(text);
      if (task === null || typeof task !== "object" || Array.isArray(task))
        throw new SyntaxError("a task is a JSON object");
      this.store.set({ draft: "" });
      this.store.edits.setTask(task, "json");
    } catch (error) {
      this.broken = error.message;
      if (this.state.draft !== text) this.store.set({ draft: text });
    }
  }

  updated() {
    if (!this.view) return;
    const { task, here, draft } = this.state;
    const text = this.view.state.doc.toString();
    if (here !== this.shown) this.view.setState(this.fresh());
    else if (!draft && !same(safely(text), task))
      this.view.dispatch({ changes: { from: 0, to: text.length, insert: stringify(task, 2) } });
    this.mark();
  }

  /** Underline the findings where they are. */
  mark() {
    const findings = this.store.checks.here;
    if (this.marked === findings) return;
    this.marked = findings;
    const found = findings.map((finding) => ({
      ...this.range(parsePointer(finding.pointer)),
      severity: finding.severity,
      message: [finding.message, finding.hint].filter(Boolean).join(" – "),
    }));
    this.view.dispatch(this.cm.setDiagnostics(this.view.state, found));
  }

  range(path) {
    const tree = this.cm.syntaxTree(this.view.state);
    let node = tree.topNode.firstChild;
    for (const step of path) {
      const next = node && (node.name === "Array" ? valuesOf(node)[Number(step)] : this.property(node, step));
      if (!next) break;
      node = next;
    }
    return node
      ? { from: node.from, to: Math.min(node.to, this.view.state.doc.lineAt(node.from).to) }
      : { from: 0, to: 0 };
  }

  property(node, name) {
    const found = node.getChildren("Property").find((each) => {
      const key = each.getChild("PropertyName");
      return key && safely(this.view.state.sliceDoc(key.from, key.to)) === name;
    });
    return found?.lastChild;
  }
}

const PUNCTUATION = new Set(["[", "]", ","]);

function valuesOf(node) {
  const found = [];
  for (let child = node.firstChild; child; child = child.nextSibling)
    if (!PUNCTUATION.has(child.name)) found.push(child);
  return found;
}

function safely(text) {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

customElements.define("hte-json", JsonView);
