import { byId, element } from "./dom.ts";

const list = byId("log", HTMLOListElement);
const most = 200;

/** A fetch that notes every request, those of auth-fetch.ts for itself included. */
export async function loggedFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init);
  const began = performance.now();
  try {
    const response = await fetch(request);
    void note(request, response.status, performance.now() - began, response.ok ? undefined : response.clone());
    return response;
  } catch (error) {
    void note(request, 0, performance.now() - began, undefined);
    throw error;
  }
}

async function note(request: Request, status: number, took: number, refusal: Response | undefined): Promise<void> {
  const item = element("li");
  const kind = status === 0 || status >= 500 ? "bad" : status >= 400 ? "refused" : "good";
  item.append(
    element("time", new Date().toLocaleTimeString("en-GB")),
    element("span", `${request.method} ${new URL(request.url).pathname}`, "what"),
    element("span", status === 0 ? "no answer" : `${status}`, `badge ${kind}`),
    element("span", `${Math.round(took)} ms`, "quiet"),
  );
  list.prepend(item);
  while (list.childElementCount > most) list.lastElementChild?.remove();
  byId("log-empty", HTMLParagraphElement).hidden = true;
  const problem = (await refusal?.json().catch(() => undefined)) as { code?: string } | undefined;
  if (problem?.code) item.append(element("span", problem.code, "code"));
}
