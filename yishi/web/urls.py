"""Addresses of the frame itself."""

from django.conf import settings
from django.urls import path

from yishi.web import views

app_name = "web"
urlpatterns = [path("preferences", views.preferences, name="preferences")]
if settings.DEBUG:
    urlpatterns += [
        path("style", views.style, name="style"),
        path("style/screen", views.style_screen, name="style_screen"),
    ]
