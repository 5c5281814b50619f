import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import type { Browser } from "playwright-core";

import { Server, Watch, callTogether, expired, launch, openTab, signIn } from "./harness.ts";

const runs = Number(process.env["RUNS"] ?? 3);
const tabs = 6;

let server: Server;
let browser: Browser;
before(async () => {
  server = await Server.start("--access-ttl", "5s");
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

for (const delivery of ["body", "cookie"] as const) {
  test(`${delivery}: ${tabs} tabs meet an expired token at once, ${runs} times: all are answered, one refreshes`, async () => {
    for (let run = 1; run <= runs; run++) {
      const context = await browser.newContext();
      const watch = new Watch(context, server);
      const pages = [await openTab(context, server)];
      await signIn(pages[0]!, delivery);
      pages.push(...(await Promise.all(Array.from({ length: tabs - 1 }, () => openTab(context, server)))));
      await Promise.all(pages.map((page) => page.waitForSelector("#sessions li")));
      await Promise.all(pages.map(expired));
      const rotations = server.count("refresh");
      await callTogether(pages);
      assert.equal(server.count("refresh"), rotations + 1, `run ${run}: rotations`);
      watch.nothing();
      await context.close();
    }
    assert.equal(server.count("refresh_replayed"), 0, "a tab refreshed although another one had");
    assert.equal(server.count("reuse_detected"), 0);
  });
}
