"""The pages of the livelihood projects."""
