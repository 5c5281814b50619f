import { defineConfig } from "orval";

export default defineConfig({
  authsdk: {
    input: "../../openapi.yaml",
    output: {
      target: ".tmp/orval/api.ts",
      client: "fetch",
      override: { mutator: { path: "src/mutator.ts", name: "mutator" } },
    },
  },
});
