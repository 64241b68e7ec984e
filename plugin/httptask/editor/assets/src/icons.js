import { html } from "../vendor/lit.js";

const icon = (path) =>
  html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false"><path d=${path} /></svg>`;

export const search = icon("M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9ZM10.4 10.4 14 14");
export const close = icon("m4 4 8 8M12 4l-8 8");
export const plus = icon("M8 3v10M3 8h10");
export const play = icon("M5 3.2v9.6L12.5 8Z");
export const stop = icon("M4.5 4.5h7v7h-7Z");
export const copy = icon("M5.5 5.5h7v8h-7ZM10.5 5.5v-3h-7v8h2");
export const trash = icon("M3 4.5h10M6 4.5v-2h4v2M4.5 4.5l.6 9h5.8l.6-9");
export const warn = icon("M8 2.5 14.5 13.5h-13ZM8 6.5v3.2M8 11.4v.6");
export const check = icon("m3 8.5 3.2 3.2L13 4.8");
export const chevron = icon("m4 6 4 4 4-4");
export const save = icon("M3 3h8l2 2v8H3ZM5.5 3v3h4V3M5 13V9h6v4");
export const up = icon("M8 12.5v-9M4.5 7 8 3.5 11.5 7");
export const undo = icon("M6 3 2.5 6.5 6 10M3 6.5h6.5a4 4 0 0 1 0 8H7");
export const redo = icon("m10 3 3.5 3.5L10 10M13 6.5H6.5a4 4 0 0 0 0 8H9");
export const down = icon("M8 3.5v9M4.5 9 8 12.5 11.5 9");
export const file = icon("M4 2h5.5L12.5 5v9H4ZM9 2v3.5h3.5");
export const download = icon("M8 2.5v8M4.8 7.5 8 10.7l3.2-3.2M3 13.5h10");
export const insert = icon("M2.5 8h7M6.5 5l3 3-3 3M10 3h3.5v10H10");
