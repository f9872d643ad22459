"""Edge: manifests, from files to documents, and from documents back to lines and columns."""
