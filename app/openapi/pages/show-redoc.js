import { init } from "./redoc.js";

const place = document.getElementById("redoc");
init(place.dataset.document, { disableTelemetry: true }, place);
