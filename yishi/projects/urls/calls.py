"""Addresses of calls and proposals: for everybody, then for deputies and clerks."""

from django.urls import path

from yishi.projects.views import calls, lists, public

urlpatterns = [
    path("calls/", public.calls_public, name="calls_public"),
    path("calls/<int:call>/", public.call_public, name="call_public"),
    path("calls/<int:call>/propose/", public.propose, name="propose"),
    path("calls/<int:call>/similar/", public.similar_said, name="similar_said"),
    path("receipts/", public.receipt_find, name="receipt_find"),
    path("receipts/<str:receipt>/", public.receipt_public, name="receipt_public"),
    path("projects/calls/", calls.calls, name="calls"),
    path("projects/calls/new/<int:body>/", calls.call_new, name="call_new"),
    path("projects/calls/<int:call>/", calls.call, name="call"),
    path("projects/calls/<int:call>/change/", calls.call_change, name="call_change"),
    path("projects/calls/<int:call>/publish/", calls.call_publish, name="call_publish"),
    path("projects/calls/<int:call>/withdraw/", calls.call_withdraw, name="call_withdraw"),
    path("projects/calls/<int:call>/erase/", calls.call_erase, name="call_erase"),
    path("projects/calls/<int:call>/poster.pdf", lists.call_poster, name="call_poster"),
    path("projects/calls/<int:call>/form.pdf", lists.call_form, name="call_form"),
    path("projects/calls/<int:call>/hand-in/", calls.hand_in, name="hand_in"),
    path("projects/calls/<int:call>/proposals/", calls.proposals, name="proposals"),
    path("projects/calls/<int:call>/proposals.xlsx", lists.proposals_file, name="proposals_file"),
    path("projects/calls/<int:call>/import/", lists.proposals_import, name="proposals_import"),
    path("projects/calls/<int:call>/import/blank.xlsx", lists.proposals_blank, name="proposals_blank"),
    path("projects/calls/<int:call>/import/take-in/", lists.proposals_take_in, name="proposals_take_in"),
    path("projects/proposals/<int:proposal>/", calls.proposal, name="proposal"),
    path("projects/proposals/<int:proposal>/photo/", calls.proposal_photo, name="proposal_photo"),
]
