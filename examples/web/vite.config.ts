import { defineConfig } from "vite";

export default defineConfig({
  base: "./", // the page may stand anywhere
  build: {
    outDir: "../../authsdk/console/dist",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0, // nothing inline: the policy of the page forbids it
    reportCompressedSize: false,
  },
  server: {
    host: "127.0.0.1",
    proxy: { "^/(auth|docs|openapi)": "http://127.0.0.1:8080" }, // make run
  },
});
