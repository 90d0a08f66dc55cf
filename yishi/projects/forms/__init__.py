"""What was typed about projects: syntax only."""
