import * as React from "react18";
import { createRoot } from "react18-dom/client";
import { blankTask, server, token } from "../server.js";

const { createHttpTaskEditor } = await import(/* webpackIgnore: true */ `${server}/assets/react.js`);
const HttpTaskEditor = createHttpTaskEditor(React);

function App() {
  const [task, setTask] = React.useState(blankTask);
  return (
    <>
      <header>React {React.version}</header>
      <HttpTaskEditor token={token} task={task} onChange={(detail) => setTask(detail.task)} />
      <pre id="task" tabIndex={0} aria-label="The task">{JSON.stringify(task, null, 2)}</pre>
    </>
  );
}

createRoot(document.querySelector("#root")).render(<App />);
