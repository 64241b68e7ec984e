// A host in TypeScript that has a catalogue, secrets and a transport of its own.

import { HttpTaskEditor, type Services, type Transport, type Workflow } from "httptask-editor";

const services: Services = {
  search: async (query, { limit }) =>
    [{ id: "1", api: "mine", method: "GET", path: "/mine", title: "Mine", summary: query }].slice(0, limit),
  secrets: () => ["MY_KEY"],
  async test({ task, inputs }, { emit, signal }) {
    emit({ type: "stage", name: "build_request" });
    const response = await fetch("/run", { method: "POST", signal, body: JSON.stringify({ task, inputs }) });
    return response.json();
  },
};
const transport: Transport = (url, init) => fetch(url, { ...init, credentials: "include" });

export function mount(place: HTMLElement, workflow: Workflow): HttpTaskEditor {
  const editor = document.createElement("http-task-editor");
  Object.assign(editor, { services, transport, workflow });
  editor.theme = "dark";
  editor.addEventListener("httptask-change", ({ detail }) => {
    editor.workflow = structuredClone(detail.workflow);
  });
  editor.addEventListener("httptask-validity", ({ detail: { findings } }) => {
    findings.forEach(({ pointer, message }) => console.log(pointer?.toUpperCase(), message));
  });
  place.append(editor);
  return editor;
}
