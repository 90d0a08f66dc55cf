"""Addresses of candidates: the list, one sheet and its versions, the booklet, the map."""

from django.urls import path

from yishi.projects.views import booklets, candidates, sheets

PDF, DOCX = {"kind": "pdf"}, {"kind": "docx"}

urlpatterns = [
    path("projects/calls/<int:call>/candidates/", candidates.candidates, name="candidates"),
    path("projects/calls/<int:call>/candidates.xlsx", booklets.candidates_file, name="candidates_file"),
    path(
        "projects/calls/<int:call>/candidates/import/", booklets.candidates_import, name="candidates_import"
    ),
    path(
        "projects/calls/<int:call>/candidates/take-in/",
        booklets.candidates_take_in,
        name="candidates_take_in",
    ),
    path("projects/calls/<int:call>/candidates/pick/", candidates.candidates_pick, name="candidates_pick"),
    path("projects/calls/<int:call>/candidates/new/", candidates.candidate_new, name="candidate_new"),
    path("projects/calls/<int:call>/candidates/order/", candidates.candidates_order, name="candidates_order"),
    path("projects/calls/<int:call>/candidates/seats/", candidates.candidates_seats, name="candidates_seats"),
    path(
        "projects/calls/<int:call>/candidates/review/", candidates.candidates_review, name="candidates_review"
    ),
    path(
        "projects/calls/<int:call>/candidates/publish/",
        candidates.candidates_publish,
        name="candidates_publish",
    ),
    path("projects/calls/<int:call>/booklet/", booklets.booklet_deliver, name="booklet_deliver"),
    path("projects/calls/<int:call>/booklet.pdf", booklets.booklet_paper, PDF, name="booklet_pdf"),
    path("projects/calls/<int:call>/booklet.docx", booklets.booklet_paper, DOCX, name="booklet_docx"),
    path("projects/candidates/<int:project>/", sheets.candidate, name="candidate"),
    path("projects/candidates/<int:project>/change/", sheets.candidate_change, name="candidate_change"),
    path("projects/candidates/<int:project>/withdraw/", sheets.candidate_withdraw, name="candidate_withdraw"),
    path("projects/candidates/<int:project>/put-back/", sheets.candidate_put_back, name="candidate_put_back"),
    path("projects/candidates/<int:project>/versions/", sheets.candidate_versions, name="candidate_versions"),
    path("projects/bodies/<int:body>/map/", booklets.body_map, name="body_map"),
]
