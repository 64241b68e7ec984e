// The same task as JSON. CodeMirror is loaded when this view is first opened.

import { html } from "../vendor/lit.js";
import { parse, same, stringify } from "./lossless.js";
import { Part } from "./part.js";
import { parsePointer } from "./pointer.js";

class JsonView extends Part {
  static properties = { ...Part.properties, broken: { state: true } };

  render() {
    return html`<div class="code-editor" part="json"></div><p class="message error" role="status" ?hidden=${!this.broken}>${this.broken}</p>`;
  }

  async firstUpdated() {
    this.cm = await import("../vendor/codemirror.js");
    const { jsonExtensions } = await import("./json-setup.js");
    if (!this.isConnected) return;
    this.view = new this.cm.EditorView({
      parent: this.querySelector(".code-editor"), root: this.getRootNode(),
      state: this.cm.EditorState.create({ doc: stringify(this.state.task, 2), extensions: jsonExtensions(this.store, () => this.read()) }),
    });
    this.mark();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.view?.destroy();
  }

  read() {
    try {
      const task = parse(this.view.state.doc.toString());
      if (task === null || typeof task !== "object" || Array.isArray(task)) throw new SyntaxError("a task is a JSON object");
      this.broken = "";
      this.store.setTask(task);
    } catch (error) {
      this.broken = `Not JSON yet: ${error.message}`;
    }
  }

  updated() {
    if (!this.view) return;
    const text = this.view.state.doc.toString();
    if (!this.broken && !same(safely(text), this.state.task)) {
      this.view.dispatch({ changes: { from: 0, to: text.length, insert: stringify(this.state.task, 2) } });
    }
    this.mark();
  }

  /** Underline the findings where they are. */
  mark() {
    const { findings } = this.state;
    if (this.marked === findings) return;
    this.marked = findings;
    const found = findings.map((finding) => ({ ...this.range(parsePointer(finding.pointer)), severity: finding.severity, message: [finding.message, finding.hint].filter(Boolean).join(" – ") }));
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
    return node ? { from: node.from, to: Math.min(node.to, this.view.state.doc.lineAt(node.from).to) } : { from: 0, to: 0 };
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
  for (let child = node.firstChild; child; child = child.nextSibling) if (!PUNCTUATION.has(child.name)) found.push(child);
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
