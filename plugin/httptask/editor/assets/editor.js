// The module to load in any page: it defines <http-task-editor>.
export { HttpTaskEditor } from "./src/element.js";
