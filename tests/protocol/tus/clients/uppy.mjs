// Sends one file with Uppy's tus plugin, as its users do; resolves with what the last
// answer said.
import Uppy from "@uppy/core";
import Tus from "@uppy/tus";

export function send(file, settings) {
  let acknowledged = {};
  let paused = !settings.interrupt;
  const uppy = new Uppy();
  uppy.use(Tus, {
    endpoint: `${settings.url}/uploads/`,
    headers: settings.headers,
    allowedMetaFields: true,
    retryDelays: Array(60).fill(250),
    chunkSize: settings.chunkSize || Number.POSITIVE_INFINITY,
    onAfterResponse(_request, response) {
      acknowledged = {
        token: response.getHeader("Mycenas-Token"),
        receipt: response.getHeader("Mycenas-Receipt"),
      };
    },
  });
  const id = uppy.addFile({ name: "work.jpg", type: "image/jpeg", data: file });
  uppy.setFileMeta(id, { ...settings.metadata, filename: "work.jpg" });
  uppy.on("upload-progress", (_file, { bytesUploaded, bytesTotal }) => {
    if (!paused && bytesUploaded > bytesTotal / 3) {
      paused = true;
      uppy.pauseResume(id);
      setTimeout(() => uppy.pauseResume(id), 100);
    }
  });
  return uppy.upload().then(({ failed }) => {
    if (failed.length) {
      throw new Error(failed[0].error);
    }
    return acknowledged;
  });
}
