"""What the papers of the projects say, as plain data for papers."""
