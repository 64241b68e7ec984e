// Pictures inside JSON: base64 texts that begin like one, and references to stored files.

import { isReference } from "./file-input.js";

const STARTS = {
  iVBORw0KGgo: "image/png",
  "/9j/": "image/jpeg",
  R0lGOD: "image/gif",
  UklGR: "image/webp",
  PHN2Zy: "image/svg+xml",
};
const SHORTEST = 60;
const MOST_NODES = 20000;
const MOST_IMAGES = 60;

/** Return `{url, path, name, size}` of each picture below `value`; stored files go to `files`. */
export function imagesIn(value, path = [], files = []) {
  const found = [];
  const seenTexts = new Set();
  const stack = [[value, path]];
  for (let seen = 0; stack.length && seen < MOST_NODES && found.length < MOST_IMAGES; seen += 1) {
    const [node, here] = stack.pop();
    if (typeof node === "string") {
      if (!seenTexts.has(node)) found.push(...asImage(node, here));
      if (node.length >= SHORTEST) seenTexts.add(node);
    } else if (node !== null && typeof node === "object") {
      if (isStoredImage(node)) files.push({ path: here, sha256: node.sha256, name: here.join("."), size: node.size });
      else stack.push(...children(node, here).reverse());
    }
  }
  return found;
}

function children(node, path) {
  return Array.isArray(node)
    ? node.slice(0, MOST_NODES).map((item, index) => [item, [...path, index]])
    : Object.entries(node)
        .slice(0, MOST_NODES)
        .map(([key, item]) => [item, [...path, key]]);
}

const isStoredImage = (node) => isReference(node) && String(node.mediaType).startsWith("image/");

function asImage(text, path) {
  if (text.length < SHORTEST) return [];
  const plain = text.startsWith("data:image/") ? text.slice(text.indexOf(",") + 1) : text;
  const type = Object.entries(STARTS).find(([start]) => plain.startsWith(start))?.[1];
  const bytes = type && decode(plain);
  return bytes
    ? [{ path, name: path.join("."), size: bytes.length, url: URL.createObjectURL(new Blob([bytes], { type })) }]
    : [];
}

function decode(text) {
  try {
    return Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
  } catch {
    return null;
  }
}

export function revoke(images) {
  images.forEach(({ url }) => URL.revokeObjectURL(url));
}
