// JSON without loss: whole numbers beyond 2^53 stay exact (as BigInt).

const LONG_NUMBER = /[-:[,\s]\d{16,}/;

export function parse(text) {
  return LONG_NUMBER.test(` ${text}`) ? JSON.parse(text, exact) : JSON.parse(text);
}

function exact(key, value, context) {
  const source = context?.source;
  const rounded = typeof value === "number" && source && !Number.isSafeInteger(value);
  return rounded && /^-?\d+$/.test(source) ? BigInt(source) : value;
}

export function stringify(value, indent) {
  return JSON.stringify(value, raw, indent);
}

function raw(key, value) {
  if (typeof value !== "bigint") return value;
  return JSON.rawJSON ? JSON.rawJSON(String(value)) : Number(value);
}

export function same(left, right) {
  return left === right || stringify(left) === stringify(right);
}
