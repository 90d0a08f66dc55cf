"""Addresses of the livelihood projects."""

from yishi.projects.urls.calls import urlpatterns as calls
from yishi.projects.urls.topics import urlpatterns as topics

urlpatterns = [*calls, *topics]
