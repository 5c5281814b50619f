import { defineConfig } from "@hey-api/openapi-ts";

export default defineConfig({
  input: "../../openapi.yaml",
  output: { path: ".tmp/heyapi", module: { extension: ".ts" } },
});
