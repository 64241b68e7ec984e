// What of Conductor's UI the plugin touches: its registry, and a workflow editor's side panel that
// asks the registry for the form of the chosen task.

import * as React from "react18";
import { createRoot } from "react18-dom/client";
import { blankTask, copy, server, shown, token } from "../server.js";
import { registerHttpTask } from "./plugin.jsx";

const plugins = [];
const registerPlugin = (plugin) => plugins.push(plugin);
const getTaskForm = (type) => plugins.flatMap((each) => each.taskForms ?? []).find((each) => each.taskType === type)?.component ?? null;

function TaskFormPanel() {
  const [task, setTask] = React.useState(blankTask);
  const Form = getTaskForm(task.type);
  return (
    <>
      <header>Conductor: {task.taskReferenceName}</header>
      <Form task={task} onChange={(changed) => setTask(copy(changed))} updateAdditionalFieldMetadata={() => {}} isMetaBarEditing={false} />
      <pre id="value" tabIndex={0} aria-label="The task">{shown(task)}</pre>
    </>
  );
}

await registerHttpTask({ React, registerPlugin, server, token });
createRoot(document.querySelector("#root")).render(<TaskFormPanel />);
