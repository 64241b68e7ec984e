// Which values differ between two JSON values.

import { entries } from "./tree.js";
import { same } from "./lossless.js";

const MOST = 300;

/** Return `{kind: added|removed|changed, path, before, after}` of each difference. */
export function diff(before, after, path = [], found = []) {
  if (found.length >= MOST || same(before, after)) return found;
  if (!comparable(before, after)) {
    found.push({
      kind: before === undefined ? "added" : after === undefined ? "removed" : "changed",
      path,
      before,
      after,
    });
    return found;
  }
  const left = new Map(entries(before));
  const right = new Map(entries(after));
  for (const key of new Set([...left.keys(), ...right.keys()]))
    diff(left.get(key), right.get(key), [...path, key], found);
  return found;
}

function comparable(before, after) {
  const nested = (value) => value !== null && typeof value === "object";
  return nested(before) && nested(after) && Array.isArray(before) === Array.isArray(after);
}
