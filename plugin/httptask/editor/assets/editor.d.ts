// Types of <http-task-editor>. Importing the module defines the element.

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** A task of a workflow definition, Conductor's JSON. */
export interface Task {
  name: string;
  taskReferenceName: string;
  type: string;
  inputParameters?: Record<string, unknown>;
  [name: string]: unknown;
}

/** A workflow definition, Conductor's JSON. */
export interface Workflow {
  name: string;
  tasks: Task[];
  [name: string]: unknown;
}

/** An error of httptask: a stable code, and a JSON Pointer where there is a place. */
export interface EditorError {
  code: string;
  message: string;
  hint: string;
  pointer?: string;
}

export interface Finding extends EditorError {
  severity: "error" | "warning";
}

export interface Change {
  task: Task | null;
  workflow: Workflow | null;
}

export interface EditorEvents {
  "httptask-ready": CustomEvent<{ version: string }>;
  "httptask-change": CustomEvent<Change>;
  "httptask-select": CustomEvent<{ taskReference: string; task: Task | null; pointer: string }>;
  "httptask-validity": CustomEvent<{ valid: boolean; findings: Finding[] }>;
  "httptask-test-start": CustomEvent<{ task: Task }>;
  "httptask-test-end": CustomEvent<{ task: Task; trace: unknown; error: EditorError | null }>;
  "httptask-map": CustomEvent<{ expression: string; name: string; path: (string | number)[]; into?: string }>;
  "httptask-save": CustomEvent<Change>;
  "httptask-error": CustomEvent<{ error: EditorError }>;
}

/** How the element calls the REST API; `fetch` by default. */
export type Transport = (url: string, init: RequestInit) => Promise<Response>;

export class HttpTaskEditor extends HTMLElement {
  apiBase: string;
  token: string;
  task: Task | null;
  workflow: Workflow | null;
  taskReference: string;
  theme: "auto" | "light" | "dark";
  readOnly: boolean;
  saveState: null | "new" | "changed" | "saving" | "saved";
  transport: Transport | null;

  test(): Promise<void>;
  cancel(): void;
  undo(): void;
  redo(): void;
  save(): void;
  focusSearch(): void;

  addEventListener<K extends keyof EditorEvents>(
    type: K,
    listener: (this: HttpTaskEditor, event: EditorEvents[K]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

declare global {
  interface HTMLElementTagNameMap {
    "http-task-editor": HttpTaskEditor;
  }
}
