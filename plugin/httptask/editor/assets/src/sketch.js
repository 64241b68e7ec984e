// The shape that a JSON Schema describes, as a value whose leaves are type names.

import { kindOf, resolve, typeLabel, withoutNull } from "./schema.js";

const DEPTH = 6;

export function sketch(written, root, depth = 0) {
  const { schema } = withoutNull(resolve(written, root));
  const kind = kindOf(schema);
  if (depth > DEPTH) return "…";
  if (kind === "object")
    return Object.fromEntries(
      Object.entries(schema.properties).map(([name, each]) => [name, sketch(each, root, depth + 1)]),
    );
  if (kind === "array") return [sketch(schema.items ?? {}, root, depth + 1)];
  if (kind === "choice") return sketch((schema.oneOf ?? schema.anyOf)[0], root, depth + 1);
  return typeLabel(written, root);
}
