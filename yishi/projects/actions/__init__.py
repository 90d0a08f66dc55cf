"""What is done in a year of livelihood projects: plain verbs that require, change and write the journal."""
