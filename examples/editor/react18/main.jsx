import * as React from "react18";
import { createRoot } from "react18-dom/client";
import { copy, server, shown, token, workflow } from "../server.js";

const { createHttpTaskEditor } = await import(/* webpackIgnore: true */ `${server}/assets/react.js`);
const HttpTaskEditor = createHttpTaskEditor(React);

function App() {
  const [value, setValue] = React.useState(workflow);
  const [open, setOpen] = React.useState("");
  const [valid, setValid] = React.useState("");
  const [saved, setSaved] = React.useState("");
  return (
    <>
      <header>React {React.version}: <span id="open">{open}</span> <span id="valid">{valid}</span></header>
      <HttpTaskEditor token={token} workflow={value} saveState={saved === shown(value) ? "saved" : "changed"}
        onChange={(detail) => setValue(copy(detail.workflow))} onSave={(detail) => setSaved(shown(detail.workflow))}
        onSelect={(detail) => setOpen(detail.taskReference)} onValidity={(detail) => setValid(String(detail.valid))} />
      <pre id="value" tabIndex={0} aria-label="The workflow">{shown(value)}</pre>
      <pre id="saved" hidden>{saved}</pre>
    </>
  );
}

createRoot(document.querySelector("#root")).render(<App />);
