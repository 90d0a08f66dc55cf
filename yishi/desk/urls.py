"""Addresses of the desk."""

from django.urls import path

from yishi.desk import views

urlpatterns = [path("", views.desk, name="desk")]
