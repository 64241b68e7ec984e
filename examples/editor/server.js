// Where the examples find the editor: ?server=URL#token=TOKEN of their own address.

export const server = new URLSearchParams(location.search).get("server") ?? "http://127.0.0.1:8765";
export const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";

export const blankTask = {
  name: "get_item",
  taskReferenceName: "get_item",
  type: "HTTP",
  inputParameters: { http_request: { uri: "https://api.example.com/items/1", method: "GET" } },
};
