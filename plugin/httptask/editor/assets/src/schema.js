// What a JSON Schema asks a form to show.

import { getIn, parsePointer } from "./pointer.js";

const DEPTH = 24;
const LONG_TEXT = 400;

/** Follow local references and merge allOf: one flat schema. */
export function resolve(schema, root, depth = 0) {
  if (schema === true || schema === undefined || schema === null || depth > DEPTH) return {};
  if (schema === false) return { not: {} };
  if (typeof schema.$ref === "string" && schema.$ref.startsWith("#")) {
    const target = getIn(root, parsePointer(decodeURIComponent(schema.$ref.slice(1))));
    const { $ref, ...beside } = schema;
    return resolve({ ...(target ?? {}), ...beside }, root, depth + 1);
  }
  if (!Array.isArray(schema.allOf)) return schema;
  const { allOf, ...rest } = schema;
  return allOf
    .map((each) => resolve(each, root, depth + 1))
    .filter((each) => !isRule(each))
    .reduce(merge, rest);
}

function isRule(schema) {
  return "if" in schema && !("properties" in schema) && !("type" in schema);
}

function merge(left, right) {
  const merged = { ...right, ...left };
  if (left.properties || right.properties) merged.properties = { ...right.properties, ...left.properties };
  if (left.required || right.required)
    merged.required = [...new Set([...(left.required ?? []), ...(right.required ?? [])])];
  return merged;
}

const isNull = (schema) => schema?.type === "null" || schema?.const === null;

/** Split "may be null" from the rest. */
export function withoutNull(schema) {
  const types = [schema.type].flat().filter(Boolean);
  const choices = schema.oneOf ?? schema.anyOf;
  const nullable =
    schema.nullable === true ||
    types.includes("null") ||
    Boolean(choices?.some(isNull)) ||
    Boolean(schema.enum?.includes(null));
  if (!nullable) return { schema, nullable };
  const rest = { ...schema };
  const left = types.filter((type) => type !== "null");
  if (left.length) rest.type = left.length === 1 ? left[0] : left;
  if (rest.enum) rest.enum = rest.enum.filter((each) => each !== null);
  for (const key of ["oneOf", "anyOf"]) {
    if (!rest[key]) continue;
    const others = rest[key].filter((each) => !isNull(each));
    if (others.length > 1) rest[key] = others;
    else {
      delete rest[key];
      Object.assign(rest, { ...others[0], ...rest });
    }
  }
  return { schema: rest, nullable };
}

/** The widget for a schema (references followed, null taken off). */
export function kindOf(schema) {
  if (schema["x-part"]) return "part";
  if ("const" in schema) return "const";
  if (Array.isArray(schema.enum)) return "enum";
  if ((schema.oneOf ?? schema.anyOf)?.length && !schema.properties) return "choice";
  const type = Array.isArray(schema.type) ? (schema.type.length === 1 ? schema.type[0] : "several") : schema.type;
  if (type === "string") return textKind(schema);
  if (type === "object" || (!type && schema.properties)) return schema.properties ? "object" : "map";
  if (type === "array" || (!type && schema.items)) return "array";
  return ["boolean", "integer", "number"].includes(type) ? type : "any";
}

function textKind(schema) {
  const isFile = schema.format === "binary" || schema.contentEncoding === "base64" || schema.format === "byte";
  if (isFile) return "file";
  return schema.maxLength > LONG_TEXT || /multi-?line|markdown|script/.test(schema.format ?? "") ? "text" : "string";
}

export function typeLabel(schema, root) {
  const { schema: plain, nullable } = withoutNull(resolve(schema, root));
  const kind = kindOf(plain);
  const names = {
    const: "constant",
    choice: `one of ${(plain.oneOf ?? plain.anyOf)?.length}`,
    map: "map",
    part: "file",
    several: "any",
    text: plain.format === "script" ? "script" : "long text",
    array: plain.items ? `${typeLabel(plain.items, root)}[]` : "array",
  };
  const label = names[kind] ?? (kind === "string" && plain.format ? plain.format : kind);
  return nullable ? `${label} | null` : label;
}

export function variants(schema, root) {
  return (schema.oneOf ?? schema.anyOf).map((each, index) => {
    const found = resolve(each, root);
    return { index, schema: found, label: found.title || tagOf(found, root) || typeLabel(found, root) };
  });
}

function tagOf(schema, root) {
  const tags = Object.values(schema.properties ?? {})
    .map((each) => resolve(each, root))
    .filter((each) => "const" in each);
  return tags.length ? String(tags[0].const) : "";
}

/** The variant that a value fits best. */
export function variantOf(schema, value, root) {
  const scored = variants(schema, root).map((each) => [fit(each.schema, value, root), each.index]);
  return scored.reduce((best, each) => (each[0] > best[0] ? each : best))[1];
}

function fit(schema, value, root) {
  if ("const" in schema) return schema.const === value ? 100 : -10;
  if (schema.enum) return schema.enum.includes(value) ? 50 : -5;
  const types = [schema.type ?? (schema.properties ? "object" : undefined)].flat();
  if (types[0] && !types.includes(jsonType(value)) && !(types.includes("number") && jsonType(value) === "integer"))
    return -5;
  if (jsonType(value) !== "object") return 5;
  const known = Object.entries(schema.properties ?? {});
  const present = known.filter(([name]) => Object.hasOwn(value, name));
  const tags = known.filter(([, each]) => "const" in resolve(each, root));
  const agree = tags.reduce((sum, [name, each]) => sum + (value[name] === resolve(each, root).const ? 50 : -50), 0);
  return agree + present.length - (schema.required ?? []).filter((name) => !Object.hasOwn(value, name)).length;
}

export function jsonType(value) {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "bigint") return "integer";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

/** The value a field starts with when it is added. */
export function initial(schema, root, depth = 0) {
  const { schema: plain, nullable } = withoutNull(resolve(schema, root));
  if ("const" in plain) return plain.const;
  if (plain["x-part"]) return { file: "" };
  const kind = kindOf(plain);
  if (kind === "boolean") return plain.default !== true;
  if (plain.default !== undefined && plain.default !== null) return plain.default;
  const example = plain.examples?.[0] ?? plain.example;
  if (example !== undefined && kind !== "file") return example;
  if (kind === "enum") return plain.enum[0] ?? null;
  if (kind === "integer" || kind === "number") return firstNumber(plain, kind);
  if (kind === "choice") return initial((plain.oneOf ?? plain.anyOf)[0], root, depth + 1);
  if (kind === "array") return plain.minItems > 0 && depth < 6 ? [initial(plain.items ?? {}, root, depth + 1)] : [];
  if (kind === "object" && depth < 6) return required(plain, root, depth);
  if (kind === "map" || kind === "object") return {};
  return nullable && kind === "any" ? null : "";
}

function firstNumber({ minimum, exclusiveMinimum, maximum, exclusiveMaximum }, kind) {
  if (minimum !== undefined || exclusiveMinimum === undefined) return minimum ?? 0;
  const high = maximum ?? exclusiveMaximum;
  return kind === "integer" || high === undefined || high > exclusiveMinimum + 1
    ? exclusiveMinimum + 1
    : (exclusiveMinimum + high) / 2;
}

function required(schema, root, depth) {
  const wanted = (name) => schema.properties?.[name] && !resolve(schema.properties[name], root).readOnly;
  const names = (schema.required ?? []).filter(wanted);
  return Object.fromEntries(names.map((name) => [name, initial(schema.properties[name], root, depth + 1)]));
}

/** Whether a schema says that its value is a secret. */
export const isSecret = (schema) =>
  schema.format === "password" || schema.writeOnly === true || schema["x-secret"] === true;

export const isExpression = (value) => typeof value === "string" && /(^|[^$])\$\{/.test(value);
