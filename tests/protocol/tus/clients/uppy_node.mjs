// Uppy in Node: node uppy_node.mjs '<settings>'. Prints what the last answer said.
import fs from "node:fs";

import { send } from "./uppy.mjs";

const settings = JSON.parse(process.argv[2]);
send(fs.readFileSync(settings.file), settings).then(
  (acknowledged) => process.stdout.write(JSON.stringify(acknowledged), () => process.exit(0)),
  (error) => process.stderr.write(String(error), () => process.exit(1)),
);
