// Values that a test was given, kept in the browser when it lets us. Secrets never get here.

const key = (workflow) => `httptask.inputs.${workflow ?? ""}`;

export function remembered(workflow) {
  try {
    return JSON.parse(localStorage.getItem(key(workflow))) ?? {};
  } catch {
    return {};
  }
}

export function remember(workflow, inputs) {
  const kept = Object.entries(inputs).filter(([text]) => !text.startsWith("workflow.secrets"));
  try {
    localStorage.setItem(key(workflow), JSON.stringify(Object.fromEntries(kept)));
  } catch {
    // A cross-site frame or a private window has no storage: nothing is kept.
  }
}
