// The page for a frame. It talks only to its parent, and only to an origin that the server was
// configured with; messages go to that exact origin.
//
// From the host: httptask:open with any of KEYS, httptask:test, httptask:cancel.
// To the host: httptask:ready, and httptask:NAME with its detail for each of EVENTS.

import "./editor.js";

const EVENTS = ["change", "select", "validity", "test-start", "test-end", "map", "save", "error"];
const KEYS = ["token", "task", "workflow", "taskReference", "theme", "readOnly", "saveState"];
const allowed = document.querySelector("meta[name=httptask-embed-origins]").content.split(" ").filter(Boolean);
const editor = document.querySelector("http-task-editor");
let host = "";

const send = (message) => parent.postMessage(message, host);

addEventListener("message", (event) => {
  const { source, origin, data } = event;
  if (source !== parent || parent === window || !allowed.includes(origin) || typeof data?.type !== "string") return;
  host = origin;
  const act = {
    "httptask:open": () =>
      KEYS.filter((key) => key in data).forEach((key) => {
        editor[key] = data[key];
      }),
    "httptask:test": () => editor.test(),
    "httptask:cancel": () => editor.cancel(),
  }[data.type];
  act?.();
});

EVENTS.forEach((name) =>
  editor.addEventListener(
    `httptask-${name}`,
    ({ detail }) => host && send({ type: `httptask:${name}`, detail: JSON.parse(JSON.stringify(detail)) }),
  ),
);
document.addEventListener("keydown", (event) => editor.shortcut(event));
allowed.forEach((origin) => parent !== window && parent.postMessage({ type: "httptask:ready" }, origin));
