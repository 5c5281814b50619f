import type { components } from "../schema.d.ts";
import { ago, byId, element } from "./dom.ts";

type Schemas = components["schemas"];

/** Lists where the account is signed in, this place marked. */
export function showSessions(sessions: Schemas["Session"][], revoke: (session: Schemas["Session"]) => void): void {
  byId("sessions", HTMLUListElement).replaceChildren(
    ...sessions.map((session) => {
      const name = session.label || "Unnamed";
      const item = element("li");
      const text = element("div");
      const title = element("p", name, "label");
      title.title = name;
      if (session.current) title.append(" ", element("span", "here", "badge good"));
      text.append(title, element("p", `Last seen ${ago(session.last_seen_at)}, ends ${ago(session.expires_at)}`, "quiet"));
      const button = element("button", "End");
      button.setAttribute("aria-label", `End the session ${name}, last seen ${ago(session.last_seen_at)}`);
      button.dataset["session"] = session.id;
      button.addEventListener("click", () => revoke(session));
      item.append(text, button);
      return item;
    }),
  );
}

/** Shows what the access token says. */
export function showAccount(me: Schemas["Me"]): void {
  const rows: [string, string][] = [
    ["Subject", me.sub],
    ["Scope", me.scope || "none"],
    ["Roles", me.roles.join(", ") || "none"],
    ["Fresh", me.fresh ? "yes: the password was given for this token" : "no: it comes from a refresh"],
    ["Session", me.session_id ?? "none"],
    ...Object.entries(me.claims).map(([name, value]): [string, string] => [name, JSON.stringify(value)]),
  ];
  byId("account", HTMLDListElement).replaceChildren(...rows.flatMap(([name, value]) => [element("dt", name), element("dd", value)]));
}
