// The steps of a workflow, each with an identity that lives here and never in the definition.

import { same } from "./lossless.js";
import { toPointer } from "./pointer.js";

let count = 0;
const fresh = () => `s${(count += 1)}`;

/** The lists of tasks directly inside a task: `{path, label}`, also those that are empty. */
export function branchesOf(task) {
  const found = [];
  if (task.decisionCases)
    Object.keys(task.decisionCases).forEach((name) => found.push([["decisionCases", name], name]));
  if (["SWITCH", "DECISION"].includes(task.type) || task.defaultCase?.length)
    found.push([["defaultCase"], "otherwise"]);
  (task.forkTasks ?? []).forEach((_, index) => found.push([["forkTasks", index], `branch ${index + 1}`]));
  if (task.type === "DO_WHILE" || task.loopOver?.length) found.push([["loopOver"], "loop"]);
  return found.map(([path, label]) => ({ path, label }));
}

/** Every task with its place, parents first: `{task, path, level, branch}`; `branch` names its list. */
export function placedTasks(tasks, path = ["tasks"], level = 0, branch = "") {
  if (!Array.isArray(tasks)) return [];
  return tasks.flatMap((task, index) => {
    if (task === null || typeof task !== "object") return [];
    const here = [...path, index];
    const inside = branchesOf(task).flatMap(({ path: below, label }) =>
      placedTasks(
        below.reduce((node, step) => node?.[step], task),
        [...here, ...below],
        level + 1,
        label,
      ),
    );
    return [{ task, path: here, level, branch }, ...inside];
  });
}

/**
 * The steps of a workflow, with the identities of the steps before.
 *
 * A task is the one that was there before by the same object, an equal one, its reference and type, and at
 * last by its place among the rest. A host may send a copy after every change: nothing is lost by it.
 */
export function identify(before, workflow, { related = true } = {}) {
  const steps = placedTasks(workflow?.tasks).map((each) => ({ ...each, id: "" }));
  const left = new Set(before);
  const take = (step, old) => {
    step.id = old.id;
    left.delete(old);
  };
  const match = (keyOf, agree = () => true) => {
    const known = Map.groupBy(left, keyOf);
    for (const step of steps) {
      if (step.id) continue;
      const candidates = known.get(keyOf(step));
      const at = candidates?.findIndex((old) => agree(old, step)) ?? -1;
      if (at >= 0) take(step, candidates.splice(at, 1)[0]);
    }
  };
  const named = ({ task }) => JSON.stringify([task.taskReferenceName, task.type]);
  match(({ task }) => task);
  match(named, (old, step) => same(old.task, step.task));
  match(named);
  const rest = related ? steps.filter(({ id }) => !id) : [];
  [...left].slice(0, rest.length).forEach((old, index) => take(rest[index], old));
  steps.forEach((step) => (step.id ||= fresh()));
  return steps;
}

export const samePlace = (left, right) => toPointer(left ?? []) === toPointer(right ?? []);

export function freshRef(workflow, wanted) {
  const taken = new Set(placedTasks(workflow?.tasks).map(({ task }) => task.taskReferenceName));
  if (!taken.has(wanted)) return wanted;
  const base = wanted.replace(/_\d+$/, "") || wanted;
  let number = 2;
  while (taken.has(`${base}_${number}`)) number += 1;
  return `${base}_${number}`;
}
