// What moving and copying steps makes of a workflow.

import { getIn, removeIn, setIn } from "./pointer.js";
import { branchesOf, freshRef, samePlace } from "./steps.js";

/** The workflow with a step moved into a list, before what is at `index` in it now. */
export function withMoved(workflow, { path, task }, list, index) {
  const from = path.slice(0, -1);
  const at = path.at(-1);
  if (samePlace(list.slice(0, path.length), path)) return workflow;
  if (samePlace(from, list)) {
    if (index === at || index === at + 1) return workflow;
    return setIn(
      workflow,
      list,
      getIn(workflow, list)
        .toSpliced(at, 1)
        .toSpliced(index > at ? index - 1 : index, 0, task),
    );
  }
  const without = removeIn(workflow, path);
  const shifts = samePlace(list.slice(0, from.length), from) && list[from.length] > at;
  const into = shifts ? list.with(from.length, list[from.length] - 1) : list;
  return setIn(without, into, (getIn(without, into) ?? []).toSpliced(index, 0, task));
}

/** The task with references that the workflow does not have yet, those inside it included. */
export function withFreshRefs(workflow, task) {
  const ref = freshRef(workflow, task.taskReferenceName || task.name || "http_request");
  let copy = { ...task, taskReferenceName: ref };
  let known = { tasks: [...(workflow?.tasks ?? []), copy] };
  for (const { path } of branchesOf(copy)) {
    const list = (getIn(copy, path) ?? []).map((each) => {
      const named = withFreshRefs(known, each);
      known = { tasks: [...known.tasks, named] };
      return named;
    });
    if (list.length) copy = setIn(copy, path, list);
  }
  return copy;
}
