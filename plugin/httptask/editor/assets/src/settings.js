// The settings that every HTTP task has: authentication kinds, retry, time limits, responses.

import { initial, resolve } from "./schema.js";
import { OPTIONS, requestPath } from "./shape.js";

const text = (description) => ({ type: "string", description });
const secret = (description) => ({ ...text(description), format: "password" });
const known = (type) => ({ const: type, hidden: true }); // the choice above says it
const closed = (properties, required = Object.keys(properties)) => ({ type: "object", properties, required });

const AUTH = {
  bearer: {
    title: "Bearer token",
    value: { type: "bearer", token: "${workflow.secrets.TOKEN}" },
    schema: closed({ type: known("bearer"), token: secret("Sent as Authorization: Bearer.") }),
  },
  basic: {
    title: "User and password",
    value: { type: "basic", username: "", password: "${workflow.secrets.PASSWORD}" },
    schema: closed({ type: known("basic"), username: text(""), password: secret("") }),
  },
  apiKey: {
    title: "API key",
    value: { type: "apiKey", name: "X-API-Key", value: "${workflow.secrets.API_KEY}", in: "header" },
    schema: closed({
      type: known("apiKey"),
      name: text("Name of the header, query parameter or cookie."),
      value: secret(""),
      in: { enum: ["header", "query", "cookie"] },
    }),
  },
};

/** Kinds of authentication: our own, and those of the server's plugins. */
export function authKinds(session) {
  const added = Object.entries(session?.plugins?.auth ?? {}).map(([kind, { title, schema }]) => {
    const plain = resolve(schema, schema);
    const shown = { ...plain, $defs: schema.$defs, properties: { ...plain.properties, type: known(kind) } };
    return [kind, { title, value: initial(shown, shown), schema: shown }];
  });
  return { ...AUTH, ...Object.fromEntries(added) };
}

const milliseconds = (description, start) => ({ type: "integer", minimum: 0, description, start });

export const RETRY = {
  type: "object",
  properties: {
    maxAttempts: { type: "integer", minimum: 1, default: 3, description: "Attempts in all." },
    statuses: {
      type: "array",
      items: { type: "string" },
      default: ["429", "5xx"],
      description: "Responses that are worth another attempt.",
    },
    onNetworkErrors: { type: "boolean", description: "Also when no response came." },
    initialDelayMs: { type: "integer", minimum: 0, default: 500 },
    maxDelayMs: { type: "integer", minimum: 0, default: 30000 },
    multiplier: { type: "number", minimum: 1, default: 2 },
    jitter: { type: "boolean", description: "Spread the delays at random." },
    respectRetryAfter: { type: "boolean", description: "Wait as long as the server asks." },
  },
};

const here = () => OPTIONS;

/** `[where, name, schema, title]`: where it stands, what the form shows. */
export function behaviours(session) {
  const added = Object.entries(session?.plugins?.options ?? {});
  return [
    ...BEHAVIOUR,
    ...added.map(([key, { title, schema }]) => [here, key, { ...schema, start: initial(schema, schema) }, title]),
  ];
}

const BEHAVIOUR = [
  [requestPath, "connectionTimeOut", milliseconds("Milliseconds to connect.", 3000), "connection timeout"],
  [requestPath, "readTimeOut", milliseconds("Milliseconds between two pieces of the response.", 30000), "read timeout"],
  [here, "deadlineMs", milliseconds("Milliseconds for everything, all attempts included.", 60000), "deadline"],
  [
    here,
    "acceptedStatusCodes",
    {
      type: "array",
      items: { type: "string" },
      description: "Replaces the 2xx rule, for example 2xx and 404.",
      start: ["2xx"],
    },
    "accepted statuses",
  ],
  [
    here,
    "idempotent",
    { type: "boolean", description: "The request may be repeated although its method is not idempotent.", start: true },
    "idempotent",
  ],
  [
    here,
    "idempotencyKey",
    { description: "true: a key that stays the same for the execution.", start: true, type: "boolean" },
    "idempotency key",
  ],
  [
    here,
    "response",
    {
      type: "object",
      start: { format: "auto" },
      properties: {
        format: { enum: ["auto", "json", "text", "file", "events"] },
        maxBytes: { type: "integer", minimum: 1, default: 104857600 },
        charset: { type: "string" },
      },
    },
    "response handling",
  ],
  [
    here,
    "redirects",
    {
      type: "object",
      start: { follow: true },
      properties: { follow: { type: "boolean" }, max: { type: "integer", minimum: 0, default: 10 } },
    },
    "redirects",
  ],
  [
    here,
    "enforceResponseSchema",
    { type: "boolean", description: "A response that breaks the response schema fails the task.", start: true },
    "enforce response schema",
  ],
];
