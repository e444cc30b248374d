// The content policy asks for trusted types. htmx puts server-rendered HTML in place through one
// pass-through policy; script and script addresses get none, so those stay shut.
if (window.trustedTypes) {
  window.trustedTypes.createPolicy("default", { createHTML: (html) => html });
}
