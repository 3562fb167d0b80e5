// Draws the relay's own document. No validator and no host but this one is asked for anything.
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  filter: true,
  tryItOutEnabled: true,
  validatorUrl: null,
  syntaxHighlight: { theme: "arta" },
  // Shows the relay that one of its own pages asks: over plain http browsers do not say so of a GET.
  requestInterceptor: (request) => {
    request.headers["X-Requested-With"] = "docs";
    return request;
  },
});
