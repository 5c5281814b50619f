import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import type { Browser, BrowserContext } from "playwright-core";

import { Server, Watch, call, expired, launch, openTab, picture, raw, signIn, signedOut } from "./harness.ts";

let server: Server;
let browser: Browser;
before(async () => {
  server = await Server.start("--access-ttl", "4s");
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Runs steps in a browser of their own, which must not complain. */
async function fresh(steps: (context: BrowserContext) => Promise<void>): Promise<void> {
  const context = await browser.newContext();
  const watch = new Watch(context, server);
  await steps(context);
  watch.nothing();
  await context.close();
}

for (const delivery of ["body", "cookie"] as const) {
  test(`${delivery}: sign in, call, expire, call again`, () =>
    fresh(async (context) => {
      const page = await openTab(context, server);
      if (delivery === "body") await picture(page, "signed-out");
      await signIn(page, delivery);
      await call(page);
      assert.match((await page.textContent("#account")) ?? "", /tester/);
      const [cookies, rotations] = [await context.cookies(), server.count("refresh")];
      assert.equal(cookies.some((c) => c.name === "__Host-access_token" && c.httpOnly && c.secure), delivery === "cookie");
      await picture(page, `signed-in-${delivery}`);
      await expired(page);
      await call(page);
      assert.equal(server.count("refresh"), rotations + 1);
      await page.click("#refresh");
      await page.waitForFunction(() => document.querySelector("#pairs")?.textContent?.includes("3 tokens"));
      assert.equal(server.count("refresh"), rotations + 2);
      if (delivery === "cookie") await picture(page, "refreshed");
      await page.reload();
      await page.waitForSelector('html[data-ready="in"]');
      await page.click("#logout");
      await signedOut(page);
      assert.equal((await raw(page, "/auth/me")).status, 401);
    }));

  test(`${delivery}: a log-out in one tab is one in all`, () =>
    fresh(async (context) => {
      const tabs = [await openTab(context, server), await openTab(context, server), await openTab(context, server)];
      await signIn(tabs[0]!, delivery);
      await Promise.all(tabs.map((tab) => tab.waitForSelector('html[data-ready="in"]')));
      await tabs[1]!.click("#logout");
      await Promise.all(tabs.map(signedOut));
    }));

  test(`${delivery}: one session is ended elsewhere, then all`, () =>
    fresh(async (context) => {
      const elsewhere = await browser.newContext();
      const [page, other] = [await openTab(context, server), await openTab(elsewhere, server)];
      await signIn(other, delivery);
      await signIn(page, delivery);
      const foreign = page.locator("#sessions li").filter({ hasNotText: "here" });
      const before = await foreign.count();
      await foreign.first().getByRole("button").click();
      await page.waitForFunction((n) => document.querySelectorAll("#sessions li").length === n, before);
      await other.click("#call");
      await signedOut(other);
      await signIn(other, delivery);
      await page.click("#logout-all");
      await signedOut(page);
      await other.click("#call");
      await signedOut(other);
      await elsewhere.close();
    }));
}

test("a log-out works although the access token has expired", () =>
  fresh(async (context) => {
    const page = await openTab(context, server);
    for (const delivery of ["body", "cookie"] as const) {
      await signIn(page, delivery);
      await expired(page);
      await page.click("#logout");
      await signedOut(page);
      assert.equal(await page.isVisible("#alert"), false);
    }
  }));

test("cookies: no CSRF value and a wrong one are refused and end nothing, the right one does", () =>
  fresh(async (context) => {
    const page = await openTab(context, server);
    await signIn(page, "cookie");
    await page.click("#refresh"); // time enough for what follows
    const logout = (headers: Record<string, string>) => raw(page, "/auth/logout", { method: "POST", headers });
    assert.deepEqual(await logout({}), { status: 403, code: "csrf_failed" });
    assert.deepEqual(await logout({ "X-CSRF-Token": "CFjIwoEgDX6gRHbKJTfMhRZyONcjIPHzRuDGmF-bIbI" }), { status: 403, code: "csrf_failed" });
    assert.equal((await raw(page, "/auth/me")).status, 200);
    const csrf = (await context.cookies()).find((c) => c.name === "__Host-access_token_csrf")?.value ?? "";
    assert.deepEqual(await logout({ "X-CSRF-Token": csrf }), { status: 204 });
    assert.deepEqual(await raw(page, "/auth/me"), { status: 401, code: "token_missing" });
  }));

test("a wrong password is said, and by keyboard alone one gets in", () =>
  fresh(async (context) => {
    const page = await openTab(context, server);
    await page.focus("#username");
    await page.keyboard.type("alice");
    await page.keyboard.press("Tab");
    await page.keyboard.type("wrong");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").filter({ hasText: /./ }).waitFor();
    await picture(page, "refused");
    await page.focus("#password");
    await page.fill("#password", "");
    await page.keyboard.type("correct horse");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.activeElement?.id === "token-title");
  }));
