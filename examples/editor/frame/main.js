import { copy, server, shown, token, workflow } from "../server.js";

const frame = document.querySelector("iframe");
const { origin } = new URL(server);
const show = (id, text) => { document.querySelector(id).textContent = text; };
const send = (message) => frame.contentWindow.postMessage({ type: "httptask:open", ...message }, origin);

const HEARD = {
  "httptask:ready": () => send({ token, workflow, saveState: "saved" }),
  "httptask:change": ({ workflow: changed }) => {
    send({ workflow: copy(changed), saveState: "changed" });
    show("#value", shown(changed));
  },
  "httptask:save": ({ workflow: saved }) => {
    send({ saveState: "saved" });
    show("#saved", shown(saved));
  },
  "httptask:select": ({ taskReference }) => show("#open", taskReference),
  "httptask:validity": ({ valid }) => show("#valid", String(valid)),
};

addEventListener("message", ({ origin: from, source, data }) => {
  if (from === origin && source === frame.contentWindow) HEARD[data.type]?.(data.detail);
});

show("#value", shown(workflow));
frame.src = `${server}/embed`;
