"""EdgeQuake, a server for questions about documents, over HTTP."""
