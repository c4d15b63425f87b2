const place = document.getElementById("swagger-ui");
SwaggerUIBundle({ domNode: place, url: place.dataset.document, validatorUrl: null, displayRequestDuration: true });
