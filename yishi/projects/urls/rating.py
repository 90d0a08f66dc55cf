"""Addresses of the year-end rating: for everybody, then for the clerks."""

from django.urls import path

from yishi.projects.views import rating

urlpatterns = [
    path("rate/<int:project>/", rating.rate, name="rate"),
    path("projects/calls/<int:call>/rating/", rating.rating, name="rating"),
    path("projects/calls/<int:call>/rating/plan/", rating.rating_plan, name="rating_plan"),
    path("projects/calls/<int:call>/rating/read/<int:poll>/", rating.rating_read, name="rating_read"),
    path("projects/calls/<int:call>/rating/drop/<int:poll>/", rating.rating_drop, name="rating_drop"),
    path("projects/calls/<int:call>/rating/open/", rating.rating_open, name="rating_open"),
    path("projects/calls/<int:call>/rating/forget/", rating.rating_forget, name="rating_forget"),
    path("projects/<int:project>/ratings/", rating.ratings, name="ratings"),
    path("projects/<int:project>/rating-poster.pdf", rating.rating_poster, name="rating_poster"),
]
