"""What documents say in the index and in the feed."""
