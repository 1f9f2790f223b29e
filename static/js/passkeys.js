// Says why a passkey was not added or used: allauth only logs it.
const NO_PLACE = "Passkeys do not work at this address. Open the site by its name over HTTPS.";
const SENTENCES = {
  NotAllowedError: "The passkey was not used: it was cancelled, or it took too long. Try again.",
  InvalidStateError: "This key is already added to your account. Choose another key.",
  SecurityError: NO_PLACE,
  TypeError: NO_PLACE,
  NotSupportedError: "This browser or key cannot do this. Choose another key, or untick the box and try again.",
  ConstraintError: "This key cannot check who you are. Set a PIN on it, or untick the box and try again.",
};

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const error = event.detail.exception;
  const known = SENTENCES[error?.name];
  let box = document.getElementById("passkey-error");
  if (!box) {
    box = document.createElement("p");
    box.id = "passkey-error";
    box.setAttribute("role", "alert");
    (document.querySelector("main") ?? document.body).prepend(box);
  }
  box.textContent = known ?? "The passkey could not be used. Reload the page and try again.";
});
