import assert from "node:assert/strict";
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import type { AxeResults } from "axe-core";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";

const binary = resolve(process.env["AUTHSDK_BIN"] ?? "../../.tmp/web/authsdk");
const pictures = resolve(process.env["SCREENSHOTS"] ?? "../../.tmp/screenshots");

export const password = "correct horse";

/** The built server, on a free port of the loopback interface, with the user alice. */
export class Server {
  readonly url: string;
  private readonly process: ChildProcess;
  private readonly dir: string;
  private readonly lines: Record<string, unknown>[];

  private constructor(url: string, process: ChildProcess, dir: string, lines: Record<string, unknown>[]) {
    [this.url, this.process, this.dir, this.lines] = [url, process, dir, lines];
  }

  static async start(...args: string[]): Promise<Server> {
    const dir = mkdtempSync(join(tmpdir(), "authsdk-e2e-"));
    execFileSync(binary, ["user", "add", "alice", "--scope", "read", "--role", "tester", "--password-stdin"], { cwd: dir, input: `${password}\n` });
    const child = spawn(binary, ["serve", "--addr", "127.0.0.1:0", "--console", "--drain-delay", "0s", "--log-format", "json", ...args], {
      cwd: dir, stdio: ["ignore", "ignore", "pipe"],
    });
    const lines: Record<string, unknown>[] = [];
    const url = await new Promise<string>((started, failed) => {
      let rest = "";
      child.stderr?.setEncoding("utf8").on("data", (text: string) => {
        const parts = (rest + text).split("\n");
        rest = parts.pop() ?? "";
        for (const part of parts) {
          const line = JSON.parse(part) as Record<string, unknown>;
          lines.push(line);
          if (line["msg"] === "serving") started(`http://${line["addr"]}`);
        }
      });
      child.once("exit", (code) => failed(new Error(`the server ended with ${code}: ${JSON.stringify(lines)}`)));
    });
    return new Server(url, child, dir, lines);
  }

  /** How often the log has this message: login, refresh, refresh_replayed, reuse_detected. */
  count(message: string): number {
    return this.lines.filter((line) => line["msg"] === message).length;
  }

  async stop(): Promise<void> {
    const ended = new Promise((done) => this.process.once("exit", done));
    this.process.kill("SIGTERM");
    await ended;
    rmSync(this.dir, { recursive: true });
  }
}

export function launch(): Promise<Browser> {
  const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
  assert.ok(existsSync(executablePath), `there is no ${executablePath}: install Chromium (apt-get install chromium), or let CHROMIUM name one`);
  return chromium.launch({
    executablePath,
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    ],
  });
}

/** What must not happen in a browser: a violation of the policy, an error of a script, a request to anybody else. */
export class Watch {
  private readonly complaints: string[] = [];
  private readonly origin: string;

  constructor(context: BrowserContext, server: Server) {
    this.origin = new URL(server.url).origin;
    context.on("request", (request) => {
      const url = new URL(request.url());
      if (url.origin !== this.origin && !["data:", "blob:", "about:"].includes(url.protocol)) this.complaints.push(`outside: ${url.href}`);
    });
    context.on("weberror", (error) => this.complaints.push(`error: ${error.error().message}`));
    context.on("console", (message) => {
      if (/content security policy|trusted ?types|refused to/i.test(message.text())) this.complaints.push(`policy: ${message.text()}`);
    });
  }

  nothing(): void {
    assert.deepEqual(this.complaints, []);
  }
}

/** Opens the console in a new tab. */
export async function openTab(context: BrowserContext, server: Server): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${server.url}/console/`);
  await page.waitForSelector("html[data-ready]");
  return page;
}

export async function signIn(page: Page, delivery: "body" | "cookie"): Promise<void> {
  await page.getByLabel("User name").fill("alice");
  await page.getByLabel("Password").fill(password);
  await page.getByLabel(delivery === "cookie" ? "The browser" : "This page").check();
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForSelector('html[data-ready="in"]');
  await page.waitForSelector("#sessions li");
}

export const signedOut = (page: Page) => page.waitForSelector('html[data-ready="out"]');
export const expired = (page: Page) => page.waitForSelector('#life[data-state="expired"]');

/** Presses the button and waits for the good answer of both of its requests. */
export async function call(page: Page): Promise<void> {
  await Promise.all([answered(page), page.click("#call")]);
}

/**
 * Presses the button in all tabs at one moment, by the clock that they share: one click after the other would leave
 * the first tab time to refresh for all.
 */
export async function callTogether(pages: Page[]): Promise<void> {
  const at = Date.now() + 500;
  const press = (moment: number) => void setTimeout(() => document.querySelector<HTMLButtonElement>("#call")?.click(), moment - Date.now());
  await Promise.all(pages.flatMap((page) => [answered(page), page.evaluate(press, at)]));
}

function answered(page: Page): Promise<unknown> {
  return Promise.all(["/auth/me", "/auth/sessions"].map((path) => page.waitForResponse((r) => r.url().endsWith(path) && r.status() === 200)));
}

/** Calls the API as a script on the page would that knows nothing of auth-fetch.ts. */
export function raw(page: Page, path: string, init: { method?: string; headers?: Record<string, string> } = {}): Promise<{ status: number; code?: string }> {
  return page.evaluate(
    async ([path, init]) => {
      const response = await fetch(path, init);
      const body = (await response.json().catch(() => ({}))) as { code?: string };
      return { status: response.status, ...(body.code ? { code: body.code } : {}) };
    },
    [path, init] as const,
  );
}

const axe = readFileSync("node_modules/axe-core/axe.min.js", "utf8");

/** Holds the page, as it is shown now, to the rules of WCAG that a program can check. */
export async function accessible(page: Page, name: string): Promise<void> {
  await page.evaluate(axe); // by the debugger, which the policy of the page does not bind
  const { violations } = await page.evaluate(() => (window as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run());
  assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(" ")}`), [], name);
}

/** Takes the page as a desk and a phone show it, by day and by night. */
export async function picture(page: Page, name: string, fullPage = true): Promise<void> {
  mkdirSync(pictures, { recursive: true });
  for (const [screen, width, height] of [["wide", 1280, 900], ["narrow", 390, 844]] as const) {
    await page.setViewportSize({ width, height });
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(pictures, `${name}-${screen}-${colorScheme}.png`), fullPage });
      if (screen === "narrow" && page.url().includes("/console/")) await accessible(page, `${name}-${screen}-${colorScheme}`);
    }
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wider <= 0, `${name} is ${wider} pixels wider than a ${screen} screen`);
  }
  await page.setViewportSize({ width: 1280, height: 900 });
}
