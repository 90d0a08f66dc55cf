"""What clerks publish for everybody, and the one index in which everything public is found."""
