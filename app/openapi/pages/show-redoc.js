import { init } from "./redoc.js";

const place = document.getElementById("redoc");
const url = new URL(place.dataset.document, location.href);
const shown = await (await fetch(url)).json();
// By OpenAPI a server's URL is relative to the document's address; Redoc takes it for relative to the page's.
for (const server of shown.servers ?? []) server.url = new URL(server.url, url).href.replace(/\/$/, "");
init(shown, { disableTelemetry: true }, place);
