"""The pages of a meeting: those of the clerk, the deputy's, and the big screen."""
