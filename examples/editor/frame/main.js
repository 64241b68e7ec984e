import { blankTask, server, token } from "../server.js";

const frame = document.querySelector("iframe");
const { origin } = new URL(server);

addEventListener("message", (event) => {
  if (event.origin !== origin || event.source !== frame.contentWindow) return;
  const { type, detail } = event.data;
  if (type === "httptask:ready") frame.contentWindow.postMessage({ type: "httptask:open", token, task: blankTask }, origin);
  if (type === "httptask:change") document.querySelector("#task").textContent = JSON.stringify(detail.task, null, 2);
});

frame.src = `${server}/embed`;
