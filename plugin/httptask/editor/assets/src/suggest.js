// A likely value for an expression that a test needs, from the schema of the field it stands in.

import { parsePointer, toPointer } from "./pointer.js";
import { isSecret, kindOf, resolve, withoutNull } from "./schema.js";
import { options, request, sections } from "./shape.js";

/** Return the value as a user would type it, or "" when the schema gives none. */
export function suggestion(task, pointer) {
  const schema = schemaAt(task, pointer);
  if (!schema) return "";
  const value =
    schema.examples?.[0] ?? schema.example ?? schema.default ?? schema.const ?? schema.enum?.[0] ?? smallest(schema);
  return value === undefined || value === null ? "" : typeof value === "string" ? value : JSON.stringify(value);
}

/** What a field offers for a value: enum, examples, default. */
export function offers(task, pointer) {
  const schema = schemaAt(task, pointer) ?? {};
  const found = [...(schema.enum ?? []), ...(schema.examples ?? []), schema.example, schema.default, schema.const];
  const texts = found
    .filter((each) => each !== undefined && each !== null)
    .map((each) => (typeof each === "string" ? each : JSON.stringify(each)));
  return [...new Set(texts)].slice(0, 20);
}

/** The servers that an expression at the beginning of the address may stand for, public ones first. */
export function servers(task, text, { operation, session }) {
  if (!String(request(task).uri ?? "").startsWith(`\${${text}}`)) return [];
  const declared = operation?.id === options(task).operation?.id ? (operation?.servers ?? []) : [];
  const allowed = (session?.allowedHosts ?? []).map((host) => `http://${host}`);
  const urls = declared.toSorted((one, other) => Number(other.public) - Number(one.public)).map(({ url }) => url);
  return [...new Set([...urls, ...allowed])].map((url) => url.replace(/\/$/, ""));
}

/** Whether the schema of a field says that it holds a secret. */
export function isSecretField(task, pointer) {
  return isSecret(schemaAt(task, pointer) ?? {});
}

function smallest(schema) {
  return ["integer", "number"].includes(kindOf(schema)) ? schema.minimum : undefined;
}

function schemaAt(task, pointer) {
  const section = sections(task).find(({ path }) => pointer.startsWith(`${toPointer(path)}/`));
  if (!section) return null;
  const steps = parsePointer(pointer.slice(toPointer(section.path).length));
  const plain = (schema) => withoutNull(resolve(schema, section.root)).schema;
  return steps.reduce((schema, step) => plain(schema.properties?.[step] ?? schema.items ?? {}), plain(section.schema));
}
