import * as React from "react19";
import { createRoot } from "react19-dom/client";
import type { HttpTaskEditorElementProps } from "httptask-editor/react";
import { copy, server, shown, token, workflow } from "../server.js";

await import(/* webpackIgnore: true */ `${server}/assets/editor.js`);

declare module "react19" {
  namespace JSX {
    interface IntrinsicElements {
      "http-task-editor": HttpTaskEditorElementProps;
    }
  }
}

// React 19 sets properties of custom elements and listens to their events by itself.
function App() {
  const [value, setValue] = React.useState(workflow);
  const [open, setOpen] = React.useState("");
  const [valid, setValid] = React.useState("");
  const [saved, setSaved] = React.useState("");
  return (
    <>
      <header>React {React.version}: <span id="open">{open}</span> <span id="valid">{valid}</span></header>
      <http-task-editor token={token} workflow={value} saveState={saved === shown(value) ? "saved" : "changed"}
        onhttptask-change={({ detail }) => setValue((old) => copy(detail.workflow ?? old))}
        onhttptask-save={({ detail }) => setSaved(shown(detail.workflow))}
        onhttptask-select={({ detail }) => setOpen(detail.taskReference)}
        onhttptask-validity={({ detail }) => setValid(String(detail.valid))} />
      <pre id="value" tabIndex={0} aria-label="The workflow">{shown(value)}</pre>
      <pre id="saved" hidden>{saved}</pre>
    </>
  );
}

createRoot(document.querySelector("#root")!).render(<App />);
