// A plugin for Conductor's UI (ui-next): the editor as the form of HTTP tasks.
//
// In Conductor's own tree this file goes below src/plugins, React and `registerPlugin` come from
// there, and `registerHttpTask` is called before the application is rendered:
//
//     import { registerPlugin } from "plugins/registry";
//     registerHttpTask({ React, registerPlugin, server: "http://127.0.0.1:8765", token });

export async function registerHttpTask({ React, registerPlugin, server, token }) {
  const { createHttpTaskEditor } = await import(/* webpackIgnore: true */ `${server}/assets/react.js`);
  const HttpTaskEditor = createHttpTaskEditor(React);

  function HttpTaskForm({ task, onChange }) {
    return <HttpTaskEditor token={token} task={task} onChange={(detail) => onChange(detail.task)} />;
  }

  registerPlugin({
    id: "httptask",
    name: "HTTP task editor",
    version: "1",
    taskForms: [{ taskType: "HTTP", component: HttpTaskForm }],
    taskDocUrls: [{ taskType: "HTTP", url: `${server}/` }],
  });
}
