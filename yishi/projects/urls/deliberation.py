"""Addresses of the deliberation, of the deputies' comments, and of the vote."""

from django.urls import path

from yishi.projects.views import comments, deliberation, vote

urlpatterns = [
    path("projects/calls/<int:call>/deliberation/", deliberation.deliberation, name="deliberation"),
    path(
        "projects/calls/<int:call>/deliberation/print/",
        deliberation.deliberation_print,
        name="deliberation_print",
    ),
    path(
        "projects/calls/<int:call>/deliberation.xlsx",
        deliberation.deliberation_file,
        name="deliberation_file",
    ),
    path("projects/calls/<int:call>/deliberation/explain/", deliberation.explain, name="explain"),
    path("projects/calls/<int:call>/deliberation/add/", deliberation.comment_add, name="comment_add"),
    path("projects/comments/<int:comment>/", deliberation.comment_said, name="comment_said"),
    path("projects/comments/<int:comment>/note/", deliberation.comment_note, name="comment_note"),
    path("projects/comments/<int:comment>/reopen/", deliberation.comment_reopen, name="comment_reopen"),
    path("projects/comments/<int:comment>/amend/", deliberation.comment_amend, name="comment_amend"),
    path("projects/calls/<int:call>/comment/", comments.comment, name="comment"),
    path("projects/calls/<int:call>/comment/all/", comments.comment_all, name="comment_all"),
    path("projects/<int:project>/comment/", comments.comment_on, name="comment_on"),
    path("projects/calls/<int:call>/vote/", vote.vote, name="vote"),
    path("projects/calls/<int:call>/vote/new/", vote.vote_new, name="vote_new"),
    path("projects/calls/<int:call>/vote/confirm/", vote.vote_confirm, name="vote_confirm"),
    path("projects/<int:project>/not-confirmed/", vote.vote_not_confirm, name="vote_not_confirm"),
    path("projects/polls/<int:poll>/read/", vote.vote_read, name="vote_read"),
    path("projects/polls/<int:poll>/renew/", vote.vote_renew, name="vote_renew"),
    path("projects/polls/<int:poll>/take-off/", vote.vote_take_off, name="vote_take_off"),
]
