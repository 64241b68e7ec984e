// The page for a frame. It talks only to its parent, and only to an origin that the server was
// configured with; messages go to that exact origin.
//
// From the host: {type: "httptask:open", token, task, workflow, taskReference, theme, readOnly}, {type: "httptask:test"},
// {type: "httptask:cancel"}. To the host: {type: "httptask:ready"}, and {type: "httptask:change" | "httptask:test-start" |
// "httptask:test-end" | "httptask:map" | "httptask:save" | "httptask:error", detail}.

import "./editor.js";

const EVENTS = ["change", "test-start", "test-end", "map", "save", "error"];
const KEYS = ["token", "task", "workflow", "taskReference", "theme", "readOnly"];
const allowed = document.querySelector("meta[name=httptask-embed-origins]").content.split(" ").filter(Boolean);
const editor = document.querySelector("http-task-editor");
let host = "";

const send = (message) => parent.postMessage(message, host);

addEventListener("message", (event) => {
  const { source, origin, data } = event;
  if (source !== parent || parent === window || !allowed.includes(origin) || typeof data?.type !== "string") return;
  host = origin;
  const act = {
    "httptask:open": () => KEYS.filter((key) => key in data).forEach((key) => { editor[key] = data[key]; }),
    "httptask:test": () => editor.test(),
    "httptask:cancel": () => editor.cancel(),
  }[data.type];
  act?.();
});

EVENTS.forEach((name) => editor.addEventListener(`httptask-${name}`, ({ detail }) => host && send({ type: `httptask:${name}`, detail: JSON.parse(JSON.stringify(detail)) })));
document.addEventListener("keydown", (event) => editor.shortcut(event));
allowed.forEach((origin) => parent !== window && parent.postMessage({ type: "httptask:ready" }, origin));
