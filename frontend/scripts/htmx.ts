// htmx is configured by the frame's <meta name="htmx-config">. Its features that need evaluated
// code (hx-on, js: values, trigger filters) are not used: the content policy forbids them.
import "htmx.org";
import { say } from "./toast";

document.addEventListener("htmx:response:error", () => say("error"));
document.addEventListener("htmx:error", () => say("offline"));
