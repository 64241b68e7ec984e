// The editor's REST API. Nothing is called until something is asked for.

import { parse, stringify } from "./lossless.js";

export class ApiError extends Error {
  constructor(error, status) {
    super(error.message);
    Object.assign(this, { status, error });
  }
}

export class Api {
  constructor(base, token, transport = null) {
    Object.assign(this, { base, token, transport: transport ?? ((url, init) => fetch(url, init)) });
  }

  session() {
    return this.#get("/session");
  }
  search(query, limit, signal) {
    return this.#get(`/operations?${new URLSearchParams({ query, limit })}`, signal);
  }
  operation(id) {
    return this.#get(`/operation?${new URLSearchParams({ id })}`);
  }
  prepare(operation, choices = {}) {
    return this.#send("POST", "/prepare", { operation, choices });
  }
  check(draft, signal) {
    return this.#send("POST", "/check", draft, { signal });
  }
  complete(draft, text, signal) {
    return this.#send("POST", "/complete", { ...draft, text }, { signal });
  }
  /** What the task may read: `{step, label, text, detail, value}`, by words. */
  values(draft, words) {
    return this.#send("POST", "/values", { ...draft, words });
  }
  rename(workflow, reference, name) {
    return this.#send("POST", "/rename", { workflow, reference, name });
  }

  /** HTTP tasks of a curl command, HAR, collection or request. */
  import(text) {
    return this.#send("POST", `/import`, { text });
  }

  setSecret(name, value) {
    return this.#call("POST", "/secrets", { name, value });
  }

  inputs(workflow) {
    return this.#get(`/inputs?${new URLSearchParams({ workflow })}`);
  }

  keepInputs(workflow, inputs) {
    return this.#call("PUT", "/inputs", { workflow, inputs });
  }

  /** What is known of kept tests, newest first. */
  tests(workflow) {
    return this.#get(`/tests?${new URLSearchParams({ workflow })}`);
  }

  trace(id) {
    return this.#get(`/tests/${id}`);
  }

  load() {
    return this.#get("/workflow");
  }
  save(workflow, etag) {
    return this.#send("PUT", "/workflow", { workflow }, { headers: { "If-Match": `"${etag}"` } });
  }
  cancel(id) {
    return this.#call("DELETE", `/tests/${id}`);
  }

  /** Store a file on the server; returns its reference. */
  async upload(file) {
    const headers = { "Content-Type": file.type || "application/octet-stream" };
    return parse(await (await this.#call("POST", "/files", file, { headers })).text());
  }

  /** The bytes of a stored file, as a blob; `range` as in the header of that name. */
  async file(sha256, range = null) {
    const response = await this.#call("GET", `/files/${sha256}`, undefined, { headers: range ? { Range: range } : {} });
    const blob = await response.blob();
    return blob.slice(0, blob.size, response.headers.get("x-stored-media-type") ?? "");
  }

  /** The JSON document that a stored file holds. */
  async storedJson(sha256) {
    return parse(await (await this.#call("GET", `/files/${sha256}`)).text());
  }

  /** Run a test; calls `onEvent` for each event as it arrives. */
  test(order, onEvent, signal) {
    return this.#events("/tests", order, onEvent, signal);
  }

  /** Sign in for the credentials of a task; calls `onEvent` for each event as it arrives. */
  signIn(draft, onEvent, signal) {
    return this.#events("/sign-ins", draft, onEvent, signal);
  }

  async #events(path, order, onEvent, signal) {
    const response = await this.#call("POST", path, order, { signal });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = [];
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const lines = part.value.split("\n");
      if (lines.length > 1) {
        onEvent(parse(rest.join("") + lines[0]));
        lines.slice(1, -1).forEach((line) => onEvent(parse(line)));
        rest = [];
      }
      rest.push(lines.at(-1));
    }
  }

  async #get(path, signal) {
    return parse(await (await this.#call("GET", path, undefined, { signal })).text());
  }
  async #send(method, path, body, extra) {
    return parse(await (await this.#call(method, path, body, extra)).text());
  }

  async #call(method, path, body, { headers = {}, signal } = {}) {
    const raw = body === undefined || body instanceof Blob;
    const json = raw ? {} : { "Content-Type": "application/json" };
    const response = await this.transport(this.base + path, {
      method,
      signal,
      credentials: "omit",
      referrerPolicy: "no-referrer",
      headers: { ...(this.token ? { Authorization: `Bearer ${this.token}` } : {}), ...json, ...headers },
      body: raw ? body : stringify(body),
    }).catch((error) => {
      if (error.name === "AbortError") throw error;
      throw new ApiError(
        { code: "unreachable", message: "The server does not respond.", hint: "is httptask serve still running?" },
        0,
      );
    });
    if (!response.ok) throw new ApiError(await describe(response), response.status);
    return response;
  }
}

async function describe(response) {
  const text = await response.text();
  try {
    return JSON.parse(text).error;
  } catch {
    return { code: "unexpected", message: `${response.status} ${text.slice(0, 200)}`, hint: "" };
  }
}
