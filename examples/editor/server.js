// Where the examples find the editor: ?server=URL#token=TOKEN of their own address.

export const server = new URLSearchParams(location.search).get("server") ?? "http://127.0.0.1:8765";
export const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";

const http = (ref, number) => ({
  name: ref,
  taskReferenceName: ref,
  type: "HTTP",
  inputParameters: { http_request: { uri: `https://api.example.com/items/${number}`, method: "GET" } },
});

export const blankTask = http("get_item", 1);
export const workflow = { name: "items", version: 1, schemaVersion: 2, tasks: [blankTask, http("get_next", 2)] };

/** What a host with a store of its own sets: another object that says the same. */
export const copy = (value) => JSON.parse(JSON.stringify(value));
export const shown = (value) => JSON.stringify(value, null, 2);
