// The page that `httptask serve` links to: one workflow file in the panel.

import "./editor.js";
import { Api } from "./src/api.js";
import { saveText } from "./src/fixture.js";
import { same, stringify } from "./src/lossless.js";

const editor = document.querySelector("http-task-editor");
const api = new Api("/api", takeToken());
let etag = "";
let saved = null;

/** The token of the link's fragment; kept for a reload, out of the address bar and of any history. */
function takeToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) history.replaceState(null, "", location.pathname);
  try {
    if (given) sessionStorage.setItem("httptask.token", given);
    return given ?? sessionStorage.getItem("httptask.token") ?? "";
  } catch {
    return given ?? "";
  }
}

/** Read the workflow; until then nothing can be done that its arrival would undo. */
async function load() {
  editor.inert = true;
  try {
    show(await api.load());
  } catch (error) {
    if (error.status !== 404) editor.store.say(error.message);
  } finally {
    editor.inert = false;
  }
}

function show(stored) {
  ({ etag } = stored);
  saved = stored.workflow;
  editor.workflow = stored.workflow;
  editor.saveState = stateOf(stored.workflow);
  document.title = `${stored.workflow.name} – httptask`;
}

/** A file that is not there yet has no etag. */
function stateOf(workflow) {
  if (!same(workflow, saved)) return "changed";
  return etag ? "saved" : "new";
}

async function save(workflow) {
  editor.saveState = "saving";
  try {
    ({ etag } = await api.save(workflow, etag));
    saved = workflow;
    editor.saveState = stateOf(editor.workflow);
    editor.store.say("Saved");
  } catch (error) {
    editor.saveState = "changed";
    if (error.status === 412) await conflict();
    else editor.store.say([error.error?.message ?? error.message, error.error?.hint].filter(Boolean).join(" – "));
  }
}

/** The file changed meanwhile: nothing is lost, whatever is chosen. */
async function conflict() {
  const theirs = await api.load();
  editor.store.set({
    conflict: {
      theirs: theirs.workflow,
      reload: () => show(theirs),
      overwrite: () => {
        ({ etag } = theirs);
        save(editor.workflow);
      },
      saveAs: () => saveText(`${editor.workflow.name ?? "workflow"}.json`, stringify(editor.workflow, 2)),
    },
  });
}

editor.addEventListener("httptask-change", ({ detail }) => {
  if (detail.workflow) editor.saveState = stateOf(detail.workflow);
});
editor.addEventListener("httptask-save", ({ detail }) => detail.workflow && save(detail.workflow));
document.addEventListener("keydown", (event) => editor.shortcut(event));
addEventListener("beforeunload", (event) => {
  if (editor.saveState === "changed") event.preventDefault();
});

editor.token = api.token;
if (api.token) load();
