"""The desk: what an editor finds in the menu, and the forms behind it."""
