import * as React from "react19";
import { createRoot } from "react19-dom/client";
import { blankTask, server, token } from "../server.js";

await import(/* webpackIgnore: true */ `${server}/assets/editor.js`);

// React 19 sets properties of custom elements and listens to their events by itself.
function App() {
  const [task, setTask] = React.useState(blankTask);
  return (
    <>
      <header>React {React.version}</header>
      <http-task-editor token={token} task={task} onhttptask-change={(event) => setTask(event.detail.task)} />
      <pre id="task" tabIndex={0} aria-label="The task">{JSON.stringify(task, null, 2)}</pre>
    </>
  );
}

createRoot(document.querySelector("#root")).render(<App />);
