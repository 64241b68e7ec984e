import { copy, server, shown, token, workflow } from "../server.js";

await import(`${server}/assets/editor.js`);

const editor = document.querySelector("http-task-editor");
const show = (id, text) => { document.querySelector(id).textContent = text; };

// The page owns the value: whatever the panel changes comes here first, and goes back as a copy.
const set = (value) => {
  editor.workflow = value;
  show("#value", shown(value));
};

editor.token = token;
editor.saveState = "saved";
editor.addEventListener("httptask-change", ({ detail }) => {
  editor.saveState = "changed";
  set(copy(detail.workflow));
});
editor.addEventListener("httptask-save", ({ detail }) => {
  editor.saveState = "saved";
  show("#saved", shown(detail.workflow));
});
editor.addEventListener("httptask-select", ({ detail }) => show("#open", detail.taskReference));
editor.addEventListener("httptask-validity", ({ detail }) => show("#valid", String(detail.valid)));
set(workflow);
