// Paths are arrays of keys; a JSON Pointer is their text. Values are never changed in place.

export function parsePointer(pointer) {
  return pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

export function toPointer(path) {
  return path.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

export function getIn(value, path) {
  let node = value;
  for (const step of path) {
    if (node === null || typeof node !== "object" || !Object.hasOwn(node, step)) return undefined;
    node = node[step];
  }
  return node;
}

export function setIn(value, path, item) {
  if (!path.length) return item;
  const [step, ...rest] = path;
  if (Array.isArray(value)) return value.with(Number(step), setIn(value[step], rest, item));
  const object = value !== null && typeof value === "object" ? value : {};
  const below = Object.hasOwn(object, step) ? object[step] : undefined;
  const entries = Object.entries(object);
  const at = entries.findIndex(([key]) => key === String(step));
  const entry = [String(step), setIn(below, rest, item)];
  return Object.fromEntries(at < 0 ? [...entries, entry] : entries.with(at, entry));
}

export function removeIn(value, path) {
  const [step, ...rest] = path;
  if (value === null || typeof value !== "object" || !Object.hasOwn(value, step)) return value;
  if (rest.length) return setIn(value, [step], removeIn(value[step], rest));
  if (Array.isArray(value)) return value.toSpliced(Number(step), 1);
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== String(step)));
}

export function renameIn(value, path, from, to) {
  const object = getIn(value, path) ?? {};
  const entries = Object.entries(object).map(([key, item]) => [key === from ? to : key, item]);
  return setIn(value, path, Object.fromEntries(entries));
}
