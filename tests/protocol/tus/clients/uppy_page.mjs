// Uppy in a browser, bundled for the test: the page's file field holds the file.
import { send } from "./uppy.mjs";

window.sendFile = (settings) => send(document.querySelector("input[type=file]").files[0], settings);
