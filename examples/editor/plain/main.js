import { blankTask, server, token } from "../server.js";

await import(`${server}/assets/editor.js`);

const editor = document.querySelector("http-task-editor");
const show = (task) => { document.querySelector("#task").textContent = JSON.stringify(task, null, 2); };

editor.token = token;
editor.task = blankTask;
editor.addEventListener("httptask-change", (event) => show(event.detail.task));
show(blankTask);
