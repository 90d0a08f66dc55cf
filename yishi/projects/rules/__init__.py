"""Who may do what with calls, proposals and projects, and what the pack asks."""
