"""Livelihood projects (民生实事项目): from a resident's wish to the finished work and its score."""
