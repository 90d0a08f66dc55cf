"""Addresses of topics."""

from django.urls.resolvers import URLPattern

urlpatterns: list[URLPattern] = []
