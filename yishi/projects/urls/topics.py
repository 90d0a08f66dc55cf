"""Addresses of topics: the list, what may be the same, screening, the reserve."""

from django.urls import path

from yishi.projects.views import topics

urlpatterns = [
    path("projects/calls/<int:call>/topics/", topics.topics, name="topics"),
    path("projects/calls/<int:call>/topics.xlsx", topics.topics_file, name="topics_file"),
    path("projects/calls/<int:call>/topics/decline/", topics.topics_decline, name="topics_decline"),
    path("projects/calls/<int:call>/alike/", topics.topics_alike, name="topics_alike"),
    path("projects/topics/<int:topic>/", topics.topic, name="topic"),
    path("projects/topics/<int:topic>/merge/", topics.topic_merge, name="topic_merge"),
    path("projects/topics/<int:topic>/decide/", topics.topic_decide, name="topic_decide"),
    path("projects/topics/<int:topic>/reconsider/", topics.topic_reconsider, name="topic_reconsider"),
    path("projects/proposals/<int:proposal>/split/", topics.proposal_split, name="proposal_split"),
    path("projects/bodies/<int:body>/reserve/", topics.reserve, name="reserve"),
]
