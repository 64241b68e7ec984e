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

/** An operation that a search found. */
export interface Hit {
  id: string;
  api: string;
  method: string;
  path: string;
  title: string;
  summary: string;
}

/** A JSON object as the REST API has it: see its OpenAPI document. */
export interface Document {
  [name: string]: unknown;
}

/** What a test is given, as `POST /api/tests` takes it. */
export interface TestOrder {
  task: Task;
  workflow: Workflow | null;
  inputs: Record<string, unknown>;
  [name: string]: unknown;
}

type Awaitable<T> = T | Promise<T>;

/** What the host does itself; what is absent the server does. */
export interface Services {
  /** Operations for the words in the search box, best first. */
  search?(query: string, options: { limit: number; signal: AbortSignal }): Awaitable<Hit[]>;
  /** The documentation of an operation, as `GET /api/operation` gives it. */
  operation?(id: string): Awaitable<Document>;
  /** The task of an operation. */
  prepare?(id: string, choices: Record<string, unknown>): Awaitable<Task>;
  /** Names of the secrets that there are; their values never reach the panel. */
  secrets?(): Awaitable<Iterable<string>>;
  /** Keep a secret that a user typed. */
  setSecret?(name: string, value: string): Awaitable<void>;
  /** Run a test; returns its trace. `emit` takes the events of `POST /api/tests`; `signal` cancels. */
  test?(
    order: TestOrder,
    options: { emit: (event: { type: string; [name: string]: unknown }) => void; signal: AbortSignal },
  ): Awaitable<Document>;
}

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
  services: Services | null;

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
