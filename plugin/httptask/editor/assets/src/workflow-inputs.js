// The names of a workflow's inputs: those that its tasks read are among its inputParameters.

import { stringify } from "./lossless.js";

const READ = /(?<!\$)\$\{workflow\.input\.([A-Za-z_]\w*)[^{}]*\}/g;
const added = new Set(); // by us: what nothing reads any more goes again

const readBy = (value) => new Set([...(stringify(value) ?? "").matchAll(READ)].map((match) => match[1]));

/** The workflow with the inputs that a task reads, and without those that only its old version read. */
export function withInputs(workflow, task, before = null) {
  const known = Array.isArray(workflow.inputParameters) ? workflow.inputParameters : [];
  const read = readBy(task?.inputParameters);
  const dropped = before
    ? [...readBy(before.inputParameters)].filter((name) => added.has(name) && !read.has(name))
    : [];
  const others = dropped.length ? readBy({ ...workflow, inputParameters: [] }) : new Set();
  const dead = dropped.filter((name) => !others.has(name));
  const fresh = [...read].filter((name) => !known.includes(name));
  if (!fresh.length && !dead.length) return workflow;
  fresh.forEach((name) => added.add(name));
  return { ...workflow, inputParameters: [...known.filter((name) => !dead.includes(name)), ...fresh] };
}
