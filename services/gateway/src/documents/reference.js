// The reference: reads /openapi.json and shows it. No library, no build step, nothing from elsewhere.
"use strict";

const $ = (id) => document.getElementById(id);

// An element with properties and children; texts are texts, never markup.
function el(tag, props = {}, ...children) {
  const node = Object.assign(document.createElement(tag), props);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

let api;
const resolve = (schema) => {
  const ref = schema && (schema.$ref || (schema.allOf && schema.allOf[0].$ref));
  return ref ? { ...api.components.schemas[ref.split("/").pop()], refName: ref.split("/").pop() } : schema || {};
};
const shortName = (name) => name.split(".").slice(-2).join(".");

function typeOf(schema) {
  if (schema.$ref) return shortName(schema.$ref.split("/").pop());
  if (schema.type === "array") return `list of ${typeOf(schema.items || {})}`;
  if (schema.additionalProperties && schema.additionalProperties !== true) return `map of ${typeOf(schema.additionalProperties)}`;
  return schema.format ? `${schema.type} (${schema.format})` : schema.type || "any";
}

function bounds(schema) {
  const words = { minLength: "at least %s characters", maxLength: "at most %s characters", minimum: "from %s", maximum: "to %s",
    minItems: "at least %s items", maxItems: "at most %s items", pattern: "matches %s" };
  return Object.entries(words).filter(([key]) => schema[key] !== undefined).map(([key, text]) => text.replace("%s", schema[key])).join(", ");
}

function fieldRow(name, schema, required, depth) {
  const inner = resolve(schema.type === "array" ? schema.items : schema.additionalProperties || schema);
  const notes = [typeOf(schema), required ? "required" : "", schema.readOnly ? "output only" : "", bounds(schema)].filter(Boolean).join(" · ");
  const text = schema.description || (inner.refName ? inner.description : "") || "";
  const cell = el("td", {}, el("div", { className: "muted" }, notes), text);
  if (inner.enum) cell.append(el("details", {}, el("summary", {}, "values"), el("pre", {}, inner.description || inner.enum.join("\n"))));
  else if (inner.properties && depth > 0) cell.append(lazy(shortName(inner.refName || "fields"), () => fieldTable(inner, depth - 1)));
  return el("tr", {}, el("td", {}, el("code", {}, name)), cell);
}

function fieldTable(schema, depth) {
  const required = schema.required || [];
  const rows = Object.entries(schema.properties || {}).map(([name, field]) => fieldRow(name, field, required.includes(name), depth));
  return rows.length ? el("table", {}, ...rows) : el("p", { className: "muted" }, "no fields");
}

// Opened only when somebody looks: schemas may hold themselves.
function lazy(title, make) {
  const details = el("details", {}, el("summary", {}, title));
  details.addEventListener("toggle", () => { if (details.open && details.children.length === 1) details.append(make()); });
  return details;
}

function curl(path, verb, example, stream) {
  const lines = [`curl -X ${verb} '${location.origin}${path}'`, `  -H "authorization: Bearer $TRIBUTARY_API_KEY"`];
  if (example !== undefined) lines.push(`  -H 'content-type: ${stream ? "application/x-ndjson" : "application/json"}'`, `  -d '${JSON.stringify(example)}'`);
  return lines.join(" \\\n");
}

function tryIt(path, verb, operation, example) {
  const inputs = (operation.parameters || []).map((parameter) => ({ parameter, input: el("input", { placeholder: parameter.name, ariaLabel: parameter.name }) }));
  const body = example === undefined ? null : el("textarea", { value: JSON.stringify(example, null, 2), spellcheck: false });
  const out = el("pre", { hidden: true });
  const send = el("button", { type: "button" }, `Send ${verb}`);
  send.addEventListener("click", async () => {
    let url = path;
    const query = new URLSearchParams();
    for (const { parameter, input } of inputs) {
      if (parameter.in === "path") url = url.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
      else if (input.value) for (const value of parameter.schema.type === "array" ? input.value.split(",") : [input.value]) query.append(parameter.name, value);
    }
    const headers = { "content-type": "application/json" };
    if ($("key").value) headers.authorization = `Bearer ${$("key").value}`;
    out.hidden = false;
    out.textContent = "…";
    try {
      const answer = await fetch(url + (query.size ? `?${query}` : ""), { method: verb, headers, body: body ? body.value : undefined });
      const text = await answer.text();
      let shown = text;
      try { shown = JSON.stringify(JSON.parse(text), null, 2); } catch { /* lines of a stream stay as they are */ }
      out.textContent = `HTTP ${answer.status} · request ${answer.headers.get("x-request-id")}\n\n${shown}`;
    } catch (error) { out.textContent = String(error); }
  });
  return el("div", { className: "try" }, ...inputs.map(({ parameter, input }) => el("p", {}, el("label", {}, `${parameter.name} `, input))), body, el("p", {}, send), out);
}

function operationCard(path, verb, operation) {
  const content = operation.requestBody && Object.entries(operation.requestBody.content)[0];
  const example = content && content[1].example;
  const answer = Object.values(operation.responses["200"].content || {})[0];
  const card = el("article", { id: operation.operationId },
    el("h3", {}, el("span", { className: `verb ${verb}` }, verb), el("span", { className: "path" }, path)),
    el("div", { className: "muted" }, "gRPC ", el("code", {}, operation["x-grpc-method"])),
    el("p", {}, operation.description || ""));
  if (operation.parameters) card.append(lazy(`Parameters (${operation.parameters.length})`, () => el("table", {},
    ...operation.parameters.map((p) => fieldRow(p.name, { ...p.schema, description: `${p.in}: ${p.description || ""}` }, p.required, 2)))));
  if (content) card.append(lazy("Request body", () => fieldTable(resolve(content[1].schema), 4)));
  if (answer) card.append(lazy("Answer", () => fieldTable(resolve(answer.schema), 4)));
  card.append(lazy("curl", () => el("pre", {}, curl(path, verb, example, content && content[0].includes("ndjson")))));
  card.append(lazy("Try it", () => tryIt(path, verb, operation, example)));
  card.searchText = `${path} ${operation.operationId} ${operation.description} ${(operation.parameters || []).map((p) => p.name).join(" ")}`.toLowerCase();
  return card;
}

function show() {
  $("about").textContent = api.info.description;
  const sections = new Map(api.tags.map((tag) => [tag.name, { tag, cards: [] }]));
  for (const [path, verbs] of Object.entries(api.paths))
    for (const [verb, operation] of Object.entries(verbs)) sections.get(operation.tags[0]).cards.push([path, verb.toUpperCase(), operation]);
  const links = [];
  $("main").replaceChildren(...[...sections.values()].map(({ tag, cards }) => {
    $("toc").append(el("h3", {}, tag.name));
    return el("section", {}, el("h2", {}, tag.name), el("p", {}, tag.description || ""), ...cards.map(([path, verb, operation]) => {
      const card = operationCard(path, verb, operation);
      const link = el("a", { href: `#${operation.operationId}`, title: path }, operation.operationId.split("_")[1]);
      $("toc").append(link);
      links.push([card, link]);
      return card;
    }));
  }));
  $("search").addEventListener("input", () => {
    const words = $("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const [card, link] of links) card.hidden = link.hidden = !words.every((word) => card.searchText.includes(word));
    for (const section of document.querySelectorAll("section")) section.hidden = ![...section.querySelectorAll("article")].some((card) => !card.hidden);
  });
  if (location.hash) document.querySelector(location.hash)?.scrollIntoView();
}

fetch("/openapi.json").then((answer) => answer.json()).then((document) => { api = document; show(); })
  .catch((error) => { $("main").textContent = `The document cannot be read: ${error}`; });
