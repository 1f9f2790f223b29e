// Says why a passkey was not added or used: allauth only logs it.
const SENTENCES = {
  NotAllowedError:
    "The passkey was not used: it was cancelled, it took too long, or this device has none for this site. Try again, or sign in in another way.",
  InvalidStateError: "This key is already added to your account. Choose another key.",
  NotSupportedError: "This browser or key cannot do this. Choose another key, or untick the box and try again.",
  ConstraintError: "This key cannot check who you are. Set a PIN on it, or untick the box and try again.",
};
const UNSUPPORTED = "This browser cannot use passkeys. Use another browser, or sign in in another way.";
const UNKNOWN = "The passkey could not be used. Check your connection, reload the page and try again.";
const LOOPBACK = ["127.0.0.1", "[::1]"];

function place() {
  const address = LOOPBACK.includes(location.hostname)
    ? `http://localhost:${location.port}`
    : `https://${location.hostname}`;
  return `Passkeys do not work at ${location.origin}. Open ${address} instead.`;
}

function sentence(error) {
  // Browsers leave the whole interface out where a page is not secure.
  if (!window.isSecureContext || error?.name === "SecurityError") return place();
  if (!window.PublicKeyCredential || !navigator.credentials) return UNSUPPORTED;
  return SENTENCES[error?.name] ?? UNKNOWN;
}

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  document.getElementById("passkey-error")?.remove();
  const box = document.createElement("p");
  box.id = "passkey-error";
  box.className = "message";
  box.dataset.level = "error";
  box.setAttribute("role", "alert");
  box.textContent = sentence(event.detail.exception);
  (document.querySelector(".account-body") ?? document.body).prepend(box);
  box.scrollIntoView({ block: "nearest" });
});
