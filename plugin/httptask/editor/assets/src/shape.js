// Where things stand in an HTTP task: Conductor's wrapped form, or the flat one.

import { getIn, removeIn, setIn } from "./pointer.js";
import { kindOf, resolve, withoutNull } from "./schema.js";

const INPUTS = ["inputParameters"];
export const OPTIONS = [...INPUTS, "httptask"];

export function requestPath(task) {
  const inputs = task?.inputParameters ?? {};
  return "http_request" in inputs || !("uri" in inputs) ? [...INPUTS, "http_request"] : INPUTS;
}

export const request = (task) => getIn(task, requestPath(task)) ?? {};
export const options = (task) => getIn(task, OPTIONS) ?? {};
export const isBlank = (task) => !task || !request(task).uri;
export const isHttp = (task) => task?.type === "HTTP";

/** The parts of a request that a schema describes: title, schema and place of each. */
export function sections(task, operation = null) {
  const extra = options(task);
  const declared = extra.parametersSchema?.properties ?? {};
  const places = {
    path: [...OPTIONS, "path"],
    query: [...OPTIONS, "query"],
    headers: [...requestPath(task), "headers"],
    cookies: [...OPTIONS, "cookies"],
  };
  const found = Object.entries(places)
    .map(([id, path]) => ({
      id,
      title: TITLES[id],
      path,
      root: extra.parametersSchema,
      schema: id === "path" ? withTemplates(task, declared[id]) : declared[id],
    }))
    .filter(({ schema }) => Object.keys(schema?.properties ?? {}).length);
  return [...found, body(task, operation)].filter(Boolean);
}

const TITLES = { path: "Path", query: "Query", headers: "Headers", cookies: "Cookies", body: "Body" };

function withTemplates(task, schema) {
  const uri = String(request(task).uri ?? "").replaceAll(/\$\{[^}]*\}/g, "");
  const names = [...uri.matchAll(/\{([^{}]+)\}/g)].map((match) => match[1]);
  const known = schema?.properties ?? {};
  const properties = { ...Object.fromEntries(names.map((name) => [name, { type: "string" }])), ...known };
  return { ...schema, type: "object", properties, required: [...new Set([...names, ...(schema?.required ?? [])])] };
}

export const BODY_KINDS = {
  body: "JSON or text",
  form: "Form",
  multipart: "Multipart",
  graphql: "GraphQL",
  file: "File",
  none: "None",
};

const OTHER_BODIES = Object.keys(BODY_KINDS).filter((kind) => kind !== "body" && kind !== "none");

export function bodyKind(task) {
  const extra = options(task);
  return (
    OTHER_BODIES.find((kind) => extra[kind] !== undefined) ??
    (request(task).body === undefined && !extra.requestSchema ? "none" : "body")
  );
}

export function bodyPath(task) {
  const kind = bodyKind(task);
  return kind === "body" || kind === "none" ? [...requestPath(task), "body"] : [...OPTIONS, kind];
}

const TEXT = { type: "string" };
const GRAPHQL = {
  type: "object",
  properties: { query: TEXT, variables: { type: "object", additionalProperties: {} }, operationName: TEXT },
  required: ["query"],
};
const FIELDS = { type: "object", additionalProperties: {}, noun: "field" };
const BYTES = { type: "string", format: "binary" };

function body(task, operation) {
  const kind = bodyKind(task);
  if (kind === "none") return null;
  const documented = operation?.id === options(task).operation?.id ? operation?.requestSchema : undefined;
  const schema = options(task).requestSchema ?? (kind === "body" ? undefined : documented);
  const parts = kind === "multipart" && schema?.properties ? withParts(schema) : schema;
  const fixed = { file: BYTES, graphql: GRAPHQL }[kind];
  const shown = fixed ?? parts ?? (kind === "body" ? {} : { ...FIELDS, files: kind === "multipart" });
  const title = kind === "body" ? "Body" : BODY_KINDS[kind];
  return { id: "body", title, schema: shown, root: schema, path: bodyPath(task) };
}

/** The schema of a multipart body whose files are parts. */
function withParts(schema) {
  const part = (written) => {
    const plain = withoutNull(resolve(written, schema)).schema;
    if (kindOf(plain) === "file") return { ...plain, "x-part": true };
    if (kindOf(plain) === "array" && plain.items) return { ...plain, items: part(plain.items) };
    return written;
  };
  const properties = Object.entries(schema.properties).map(([name, each]) => [name, part(each)]);
  return { ...schema, properties: Object.fromEntries(properties) };
}

export function withBodyKind(task, kind) {
  const old = getIn(task, bodyPath(task));
  const bare = OTHER_BODIES.reduce(
    (each, name) => removeIn(each, [...OPTIONS, name]),
    removeIn(task, [...requestPath(task), "body"]),
  );
  if (kind === "none") return bare;
  const object = old !== null && typeof old === "object";
  const value = kind === "file" ? "" : object ? old : {};
  return setIn(bare, kind === "body" ? [...requestPath(task), "body"] : [...OPTIONS, kind], value);
}

export function blankTask(ref) {
  return {
    name: ref,
    taskReferenceName: ref,
    type: "HTTP",
    inputParameters: { http_request: { uri: "", method: "GET" } },
  };
}

const PLAIN = /^[A-Za-z_][A-Za-z0-9_-]*$/;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const quoted = (step) => `['${step.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}']`;

/** `ref.output.response.body['a b'][0]`, as between ${ and }. */
export function expressionPath(ref, path) {
  return path.reduce(
    (text, step) => text + (typeof step === "number" ? `[${step}]` : PLAIN.test(step) ? `.${step}` : quoted(step)),
    `${ref}.output`,
  );
}

/** `$.response.body['a-b'][0]` (RFC 9535), for an output mapping. */
export function outputPath(path) {
  return path.reduce(
    (text, step) => text + (typeof step === "number" ? `[${step}]` : NAME.test(step) ? `.${step}` : quoted(step)),
    "$",
  );
}
