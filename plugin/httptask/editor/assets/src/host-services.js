// What a host does itself: its own catalogue, secrets and tests, each function by itself.

const SECRET = /^workflow\.secrets\.(\w*)$/;

/** Let an API's calls be those of the host where it has them; `services` is as `editor.d.ts` says. */
export function withServices(api, services) {
  const had = { session: api.session.bind(api), complete: api.complete.bind(api) };
  const calls = {
    search: (query, limit, signal) => services.search(query, { limit, signal }),
    operation: (id) => services.operation(id),
    prepare: (id, choices) => services.prepare(id, choices),
    setSecret: (name, value) => services.setSecret(name, value),
    test: async (order, emit, signal) => {
      emit({ type: "trace", trace: await services.test(order, { emit, signal }) });
    },
  };
  Object.keys(calls).forEach((name) => {
    if (services?.[name]) api[name] = calls[name];
  });
  if (!services?.secrets) return api;
  const names = async () => [...(await services.secrets())];
  return Object.assign(api, {
    session: async () => ({ ...(await had.session()), secrets: await names() }),
    complete: async (draft, text, signal) => {
      const typed = SECRET.exec(text)?.[1];
      if (typed === undefined) return had.complete(draft, text, signal);
      const found = (await names()).filter((name) => name.startsWith(typed));
      return found.map((name) => ({ label: name, text: `workflow.secrets.${name}`, detail: "secret", value: "" }));
    },
  });
}
