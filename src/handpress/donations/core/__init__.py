"""The rules of giving and of the books; plain Python."""
