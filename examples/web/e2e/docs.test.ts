import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import type { Browser, Page } from "playwright-core";

import { Server, Watch, launch, password, picture } from "./harness.ts";

let server: Server;
let browser: Browser;
before(async () => {
  server = await Server.start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Opens an operation, sends it, and returns the status that the page shows. */
async function execute(page: Page, operation: string, body?: object): Promise<string> {
  const block = page.locator(`[id$="-${operation}"]`);
  if (!(await block.locator(".execute").isVisible())) await block.locator("button.opblock-summary-control").click();
  if (body) await block.locator("textarea").first().fill(JSON.stringify(body));
  const answered = page.waitForResponse((r) => r.url().includes("/auth/"));
  await block.locator(".execute").click();
  await answered;
  const status = block.locator(".live-responses-table .response .response-col_status");
  await status.first().waitFor();
  return ((await status.first().textContent()) ?? "").trim();
}

for (const delivery of ["body", "cookie"] as const) {
  test(`${delivery}: the page asks nobody else, breaks no policy, signs in and calls`, async () => {
    const context = await browser.newContext();
    const watch = new Watch(context, server);
    const page = await context.newPage();
    await page.goto(`${server.url}/docs`);
    await page.locator(".opblock").first().waitFor();
    if (delivery === "body") await picture(page, "docs");
    assert.equal(await execute(page, "me"), "401");
    assert.equal(await execute(page, "login", { username: "alice", password, delivery }), "200");
    await page.locator("#signed").filter({ hasText: "Signed in" }).waitFor();
    assert.equal(await execute(page, "me"), "200");
    assert.equal(await execute(page, "refresh"), "200");
    if (delivery === "body") {
      await page.locator('[id$="-refresh"] .live-responses-table').scrollIntoViewIfNeeded();
      await picture(page, "docs-signed-in", false);
    }
    assert.equal(await execute(page, "logout"), "204");
    assert.equal(await execute(page, "me"), "401");
    watch.nothing();
    await context.close();
  });
}
