"""The Django app of the page frame."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "yishi.web"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "页面框架"
