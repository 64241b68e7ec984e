// Bringing a field into view: the tab that it is on, then the field or what is nearest around it.

import { toPointer } from "./pointer.js";
import { behaviours } from "./settings.js";
import { fieldsOf } from "./task-types.js";
import { bodyPath, isHttp, OPTIONS, requestPath } from "./shape.js";

export function focusIn(root, selector, { select = false } = {}) {
  const box = root.querySelector(selector);
  box?.focus({ preventScroll: true });
  if (select) box?.select();
}

export async function focusField(element, path) {
  const { store, renderRoot } = element;
  if (!store.state.task) return;
  store.set({ tab: tabOf(store.state, path) });
  await element.updateComplete;
  for (let steps = path; steps.length; steps = steps.slice(0, -1)) {
    const spot = renderRoot.querySelector(`[data-pointer="${CSS.escape(toPointer(steps))}"]`);
    if (!spot) continue;
    spot.scrollIntoView({ block: "center" });
    const box = spot.querySelector("textarea, input, select, [role=radio]") ?? spot.querySelector("button") ?? spot;
    box.focus({ preventScroll: true });
    if (box.tagName === "TEXTAREA") box.setSelectionRange(box.value.length, box.value.length);
    return;
  }
}

function tabOf({ task, session, tab }, path) {
  const pointer = toPointer(path);
  const under = (place) => pointer === toPointer(place) || pointer.startsWith(`${toPointer(place)}/`);
  const request = requestPath(task);
  if (!isHttp(task))
    return fieldsOf(task)
      .flat()
      .some(([place]) => under(place))
      ? "inputs"
      : "json";
  if (["uri", "method"].some((name) => under([...request, name]))) return tab; // above every tab
  if (under([...OPTIONS, "auth"])) return "auth";
  if (under([...OPTIONS, "output"])) return "output";
  const behaviour = behaviours(session).some(([where, name]) => under([...where(task), name]));
  if (under([...OPTIONS, "retry"]) || behaviour) return "behaviour";
  const parameters = task.inputParameters?.httptask?.parametersSchema?.properties ?? {};
  if (under([...OPTIONS, "query"]) && !parameters.query) return "query";
  if (under([...request, "headers"]) && !parameters.headers) return "headers";
  const options = ["path", "query", "cookies"].map((name) => [...OPTIONS, name]);
  return [bodyPath(task), ...options, [...request, "headers"], ["taskReferenceName"]].some(under) ? "inputs" : "json";
}
