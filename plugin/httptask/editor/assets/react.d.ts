// Types of the wrapper for React 18 and 19.

import type { EditorEvents, HttpTaskEditor, Services, Task, Transport, Workflow } from "./editor.js";

type Detail<K extends keyof EditorEvents> = EditorEvents[K]["detail"];
type Handler<K extends keyof EditorEvents> = (detail: Detail<K>, event: EditorEvents[K]) => void;

export interface HttpTaskEditorProps {
  apiBase?: string;
  token?: string;
  task?: Task | null;
  workflow?: Workflow | null;
  taskReference?: string;
  theme?: "auto" | "light" | "dark";
  readOnly?: boolean;
  saveState?: HttpTaskEditor["saveState"];
  transport?: Transport | null;
  services?: Services | null;
  className?: string;
  id?: string;
  ref?: { current: HttpTaskEditor | null } | ((element: HttpTaskEditor | null) => void) | null;
  onReady?: Handler<"httptask-ready">;
  onChange?: Handler<"httptask-change">;
  onSelect?: Handler<"httptask-select">;
  onValidity?: Handler<"httptask-validity">;
  onTestStart?: Handler<"httptask-test-start">;
  onTestEnd?: Handler<"httptask-test-end">;
  onMap?: Handler<"httptask-map">;
  onSave?: Handler<"httptask-save">;
  onError?: Handler<"httptask-error">;
}

/** Attributes and properties of the element itself, for React 19: see the example. */
export type HttpTaskEditorElementProps = Pick<
  HttpTaskEditorProps,
  | "apiBase"
  | "token"
  | "task"
  | "workflow"
  | "taskReference"
  | "theme"
  | "readOnly"
  | "saveState"
  | "transport"
  | "services"
  | "className"
  | "id"
  | "ref"
> & { [K in keyof EditorEvents as `on${K}`]?: (event: EditorEvents[K]) => void };

/** Pass React itself: the package does not depend on it. */
export function createHttpTaskEditor(react: unknown): (props: HttpTaskEditorProps) => never;
