// The panel's state. It flows one way: actions replace parts of the state, and who is drawn from a part is told.

import { Api } from "./api.js";
import { Catalogue } from "./catalogue.js";
import { Checks } from "./checks.js";
import { Edits, VIEW } from "./edits.js";
import { withServices } from "./host-services.js";
import { parsePointer, toPointer } from "./pointer.js";
import { Tests } from "./tests.js";

const TOAST_TIME = 5000;

export class Store extends EventTarget {
  #watchers = new Set();

  constructor() {
    super();
    this.moves = 0; // how often the focus moved: who waited for the server leaves it alone if it did
    this.state = {
      connected: false,
      session: null,
      signIn: null, // what somebody has to sign in to before a test: {name, grant, missing}
      readOnly: false,
      workflow: null,
      task: null,
      steps: [],
      here: "",
      findings: new Map(),
      general: [],
      runs: new Map(),
      pinned: new Map(), // the test whose result later steps are given, by step: else the last one
      run: null,
      beat: 0,
      inputs: {},
      conflict: null,
      query: "",
      hits: [],
      active: -1,
      searching: false,
      nothing: false,
      searchError: null,
      toast: null,
      undoable: false,
      redoable: false,
      ...VIEW(),
    };
    this.edits = new Edits(this);
    this.catalogue = new Catalogue(this);
    this.checks = new Checks(this);
    this.tests = new Tests(this);
  }

  set(patch) {
    this.state = { ...this.state, ...patch };
    this.#watchers.forEach((look) => look());
  }

  /** Call `changed` when one of the selected values is another one; returns how to stop. */
  watch(select, changed) {
    let seen = select(this.state);
    const look = () => {
      const now = select(this.state);
      if (now.every((each, index) => Object.is(each, seen[index]))) return;
      seen = now;
      changed();
    };
    this.#watchers.add(look);
    return () => this.#watchers.delete(look);
  }

  tell(type, detail) {
    this.dispatchEvent(new CustomEvent("tell", { detail: { type, detail } }));
  }

  /** Reach the server: by its token, or by a transport of the host, which knows who calls. */
  connect(base, token, transport, services) {
    this.api = withServices(new Api(base, token, transport), services);
    const connected = Boolean(token || transport);
    this.set({ connected });
    if (connected) this.guarded(() => this.refresh());
    this.catalogue.document();
    this.tests.recall();
    this.checks.soon();
  }

  async refresh() {
    const first = !this.state.session;
    this.set({ session: await this.api.session() });
    if (first) this.tell("ready", { version: this.state.session.version });
  }

  /** The step in view; none when a task stands on its own. */
  get step() {
    return this.state.steps.find(({ id }) => id === this.state.here);
  }

  /** What the server is told of the task in view. */
  get draft() {
    return this.draftOf({ task: this.state.task, path: this.step?.path });
  }

  /** The draft, with what a test of it is given. */
  get given() {
    return { ...this.draft, inputs: this.tests.inputs() };
  }

  draftOf({ task, path = [] }) {
    return { task, workflow: this.state.workflow, place: toPointer(path), samples: this.tests.samples() };
  }

  /** Bring the field at a place of the open task into view. */
  goTo(pointer) {
    this.tell("focus", { path: parsePointer(pointer) });
  }

  /** Show a message; `action` is `{label, act}`. */
  say(text, action = null) {
    this.set({ toast: { text, action } });
    clearTimeout(this.toastTimer);
    this.toastTimer = setTimeout(() => this.set({ toast: null }), TOAST_TIME);
  }

  async copy(text, told = "Copied") {
    const done = await navigator.clipboard?.writeText(text).then(
      () => true,
      () => false,
    );
    this.say(done ? told : text.slice(0, 500));
  }

  async guarded(work) {
    try {
      await work();
    } catch (error) {
      this.failed(error);
    }
  }

  failed(error) {
    const found = error.error ?? { code: "unexpected", message: String(error), hint: "" };
    this.say([found.message, found.hint].filter(Boolean).join(" – "));
    this.tell("error", { error: found });
  }
}
