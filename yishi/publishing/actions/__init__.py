"""Publishing documents, and keeping the index of everything public."""
