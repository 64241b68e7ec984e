// A response as a fixture: what `httptask test --mock` takes, and what stands in for the network here.

import { isEvents } from "./events.js";
import { isReference } from "./file-input.js";

const FRAMING = new Set(["content-length", "transfer-encoding", "connection", "content-encoding"]);

/** The fixture of a test's response; null where its body is not in the trace as it was sent. */
export function fixtureOf({ trace }) {
  const response = trace?.output?.response;
  if (!response?.statusCode || isReference(response.body) || isEvents(response.body)) return null;
  const headers = Object.entries(response.headers ?? {}).filter(([name]) => !FRAMING.has(name.toLowerCase()));
  const body = response.body === undefined || response.body === null ? {} : { body: response.body };
  return { status: response.statusCode, headers: Object.fromEntries(headers), ...body };
}

export function saveText(name, text) {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
