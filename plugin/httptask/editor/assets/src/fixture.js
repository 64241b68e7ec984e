// A response as a fixture: what `httptask test --mock` takes, and what stands in for the network here.

import { isEvents } from "./events.js";
import { isReference } from "./file-input.js";
import { stringify } from "./lossless.js";
import { lastResponse } from "./trace.js";
import { size } from "./units.js";

const FRAMING = new Set(["content-length", "transfer-encoding", "connection", "content-encoding"]);
const MOST = 5e6;
const JSON_TYPE = /[/+]json\b/;
const JSON_LINES = /ndjson|jsonl/;

export const hasResponse = ({ trace }) => Boolean(trace?.output?.response?.statusCode);

/** Why the response of a test can be no fixture here; "" if it can. */
export function whyNoFixture({ trace }) {
  const bytes = lastResponse(trace)?.body?.size ?? 0;
  if (bodyOf(trace) && bytes <= MOST) return "";
  return `${size(bytes)} are too large for a fixture here; httptask test --record FILE keeps them`;
}

/** The fixture of a test's response. */
export async function fixtureOf({ trace }, api) {
  const { statusCode, headers = {} } = trace.output.response;
  const shown = Object.entries(headers).filter(([name]) => !FRAMING.has(name.toLowerCase()));
  return { status: statusCode, headers: Object.fromEntries(shown), ...(await bodyOf(trace)(api)) };
}

/** How the body is read: JSON as a value, which can be edited, others as they came; null if they are cut. */
function bodyOf(trace) {
  const { body, headers = {} } = trace.output.response;
  const name = Object.keys(headers).find((each) => each.toLowerCase() === "content-type");
  const type = String(headers[name] ?? "");
  if (isReference(body)) return async (api) => fromBytes(await api.file(body.sha256));
  if (body !== null && typeof body === "object" && JSON_TYPE.test(type)) return () => ({ body });
  if (Array.isArray(body) && JSON_LINES.test(type))
    return () => ({ body: body.map((each) => stringify(each)).join("\n") });
  if (isEvents(body)) return () => ({ body: body.map(eventText).join("") });
  const kept = lastResponse(trace)?.body;
  if (kept?.truncated) return typeof body === "string" ? () => ({ body }) : null;
  return () => (kept?.base64 ? { bodyBase64: kept.base64 } : kept?.text ? { body: kept.text } : {});
}

function eventText({ event, id, data }) {
  const text = typeof data === "string" ? data : stringify(data);
  const lines = text.split("\n").map((line) => `data: ${line}`);
  return [`event: ${event}`, ...(id ? [`id: ${id}`] : []), ...lines, "", ""].join("\n");
}

async function fromBytes(blob) {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  try {
    return { body: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { bodyBase64: btoa(Array.from(bytes, (each) => String.fromCharCode(each)).join("")) };
  }
}

export function saveText(name, text) {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
