// tus-js-client in a browser: the page's file field holds the file.
window.sendFile = (settings) =>
  new Promise((resolve, reject) => {
    const file = document.querySelector("input[type=file]").files[0];
    let acknowledged = {};
    let paused = !settings.interrupt;
    const upload = new tus.Upload(file, {
      endpoint: `${settings.url}/uploads/`,
      metadata: settings.metadata,
      headers: settings.headers,
      chunkSize: settings.chunkSize || Number.POSITIVE_INFINITY,
      retryDelays: Array(60).fill(250),
      onAfterResponse(_request, response) {
        acknowledged = {
          token: response.getHeader("Mycenas-Token"),
          receipt: response.getHeader("Mycenas-Receipt"),
        };
      },
      async onProgress(sent) {
        if (!paused && sent > file.size / 3) {
          paused = true;
          await upload.abort();
          upload.start();
        }
      },
      onSuccess: () => resolve(acknowledged),
      onError: reject,
    });
    upload.start();
  });
