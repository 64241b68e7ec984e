// One press of the Test button: events as they arrive, then the trace.

import { imagesIn, revoke } from "./images.js";

const REDRAW = 80;
const KEPT_EVENTS = 2000;

export class TestRun {
  constructor(step, task, redraw, onStep = () => {}) {
    Object.assign(this, {
      step,
      task,
      redraw,
      onStep,
      id: "",
      running: true,
      cancelled: false,
      startedAt: new Date(),
      begun: performance.now(),
      ended: 0,
      stages: [],
      events: [],
      times: [], // of the events, in milliseconds
      eventCount: 0,
      images: [],
      trace: null,
      error: null,
      abort: new AbortController(),
    });
  }

  /** A test of before this page was loaded: its trace is on the server. */
  static kept(step, { id, startedAt, status }) {
    const run = new TestRun(step.id, step.task, () => {});
    return Object.assign(run, {
      id,
      isKept: true,
      keptStatus: status,
      running: false,
      startedAt: new Date(startedAt),
      ended: run.begun,
    });
  }

  async load(api) {
    this.trace = await api.trace(this.id);
    await this.#finish(api);
  }

  async start(api, order) {
    this.timer = setInterval(this.redraw, 250);
    try {
      await api.test(order, (event) => this.#take(event), this.abort.signal);
      if (!this.trace && !this.error) this.cancelled = true;
    } catch (error) {
      if (error.name === "AbortError") this.cancelled = true;
      else this.error = error.error ?? { code: "unexpected", message: String(error), hint: "" };
    }
    clearInterval(this.timer);
    this.running = false;
    this.ended = performance.now();
    await this.#finish(api);
  }

  /** Ask the server to stop; when it does not respond at once, stop listening. */
  async cancel(api) {
    if (!this.running) return;
    this.cancelled = true;
    if (!this.id) this.abort.abort(); // nobody but who listens knows it
    else await api.cancel(this.id).catch(() => {});
    setTimeout(() => this.running && this.abort.abort(), 1500);
  }

  get status() {
    return this.trace?.status ?? this.keptStatus;
  }

  get elapsed() {
    return (this.running ? performance.now() : this.ended) - this.begun;
  }

  get body() {
    return this.trace?.output?.response?.body;
  }

  #take(event) {
    const kinds = {
      started: () => {
        this.id = event.id;
      },
      stage: () => this.stages.push(event),
      event: () => this.#event(event),
      step: () => this.onStep(event),
      trace: () => {
        this.trace = event.trace;
      },
      error: () => {
        this.error = event.error;
      },
    };
    kinds[event.type]?.();
    this.#soon();
  }

  #event({ event }) {
    this.eventCount += 1;
    this.times.push(this.elapsed);
    if (this.events.length < KEPT_EVENTS) this.events.push({ event: "message", data: "", ...event });
    const found = imagesIn(event, ["response", "body", this.eventCount - 1]);
    this.images.push(...found.map((image) => ({ ...image, atMs: this.elapsed })));
  }

  #soon() {
    this.pending ??= setTimeout(() => {
      this.pending = null;
      this.redraw();
    }, REDRAW);
  }

  /** Let go of the pictures: the test is no longer kept. */
  drop() {
    revoke(this.images);
  }

  async #finish(api) {
    const output = this.trace?.output;
    if (!output) return;
    const known = new Map(this.images.map((image) => [String(image.path), image]));
    const found = await imagesOfOutput(output, api);
    this.images = found.map((image) => ({ ...image, atMs: known.get(String(image.path))?.atMs }));
    revoke([...known.values()]);
  }
}

/** The pictures of an output: each once, though a mapped output repeats what the body holds. */
async function imagesOfOutput(output, api) {
  const files = [];
  const inline = imagesIn(output, [], files);
  const once = files.filter(
    ({ sha256, size }, index) =>
      files.findIndex((each) => each.sha256 === sha256) === index && !inline.some((each) => each.size === size),
  );
  const load = async (file) => {
    const blob = await api.file(file.sha256).catch(() => null);
    return { ...file, url: blob ? URL.createObjectURL(blob) : "" };
  };
  const stored = await Promise.all(once.map(load));
  return [...inline, ...stored.filter(({ url }) => url)];
}
