import type { Task, Workflow } from "httptask-editor";

export const server: string;
export const token: string;
export const blankTask: Task;
export const workflow: Workflow;
export function copy<T>(value: T): T;
export function shown(value: unknown): string;
