// What can be undone and done again.

const KEPT = 200;
const ONE_CHANGE = 1000;

export class Undo {
  #past = [];
  #future = [];
  #last = { key: "", at: 0 };

  /** Keep a state that is about to change; changes with one `key` in a row are one. */
  remember(state, key) {
    const at = performance.now();
    const goesOn = key !== "" && key === this.#last.key && at - this.#last.at < ONE_CHANGE && this.#past.length;
    this.#last = { key, at };
    this.#future = [];
    if (!goesOn) this.#past = [...this.#past, state].slice(-KEPT);
  }

  forget() {
    this.#past = [];
    this.#future = [];
    this.#last.key = "";
  }

  get possible() {
    return { undoable: this.#past.length > 0, redoable: this.#future.length > 0 };
  }

  /** Return the state to go back to from `state`, if any. */
  back(state) {
    return this.#turn(this.#past, this.#future, state);
  }

  forth(state) {
    return this.#turn(this.#future, this.#past, state);
  }

  #turn(from, to, state) {
    if (!from.length) return null;
    this.#last.key = "";
    to.push(state);
    return from.pop();
  }
}
