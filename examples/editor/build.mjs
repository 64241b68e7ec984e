// Bundles the React examples: node build.mjs [OUTPUT FOLDER]

import { build } from "esbuild";
import { join } from "node:path";

const output = process.argv[2] ?? ".";
const entries = { react18: ["react18/main.jsx", "18"], react19: ["react19/main.tsx", "19"], "conductor-ui": ["conductor-ui/host.jsx", "18"] };

for (const [folder, [entry, version]] of Object.entries(entries)) {
  const alias = { react: `react${version}`, "react-dom": `react${version}-dom` };
  await build({
    entryPoints: [entry], outfile: join(output, folder, "dist/main.js"), bundle: true, format: "esm", minify: true, alias,
    jsx: "automatic", jsxImportSource: `react${version}`, define: { "process.env.NODE_ENV": '"production"' }, tsconfigRaw: {},
  });
}
