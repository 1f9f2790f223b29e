// Sends one file with tus-js-client, as its users do: node client.cjs '<settings>'.
// Prints what the acknowledgment said as JSON.
const fs = require("node:fs");

const settings = JSON.parse(process.argv[2]);
const tus = require(`${settings.modules}/tus-js-client`);

const file = fs.readFileSync(settings.file);
let acknowledged = {};
let finished = false;
let interrupted = !settings.interrupt;

const upload = new tus.Upload(file, {
  endpoint: `${settings.url}/uploads/`,
  metadata: settings.metadata,
  headers: { Cookie: settings.cookies, "X-CSRFToken": settings.csrf },
  chunkSize: settings.chunkSize || Number.POSITIVE_INFINITY,
  retryDelays: Array(60).fill(250),
  onAfterResponse(_request, response) {
    const token = response.getHeader("Mycenas-Token");
    if (token) acknowledged = { token, receipt: response.getHeader("Mycenas-Receipt") };
  },
  async onProgress(sent) {
    if (sent > 0 && settings.told) {
      fs.writeFileSync(settings.told, String(sent));
    }
    if (!interrupted && sent > file.length / 3) {
      interrupted = true;
      await upload.abort();
      upload.start();
    }
  },
  onSuccess() {
    finished = true;
  },
  onError(error) {
    process.stderr.write(String(error));
    process.exit(1);
  },
});
// An upload that is interrupted while it tries again goes on twice: one of the two may
// see by HEAD that all bytes are there, before the other gets the acknowledgment.
process.on("exit", () => finished && process.stdout.write(JSON.stringify(acknowledged)));
upload.start();
