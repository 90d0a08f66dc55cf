"""Addresses of the public ledger, the board of delivery and the published candidates."""

from django.urls import path

from yishi.projects.views import board, ledger

urlpatterns = [
    path("ledger/", ledger.ledger, name="ledger"),
    path("ledger/rss.xml", ledger.ledger_rss, name="ledger_rss"),
    path("ledger/<int:call>/", ledger.ledger_year, name="ledger_year"),
    path("ledger/<int:call>/projects.csv", ledger.ledger_csv, name="ledger_csv"),
    path("ledger/<int:call>/projects.json", ledger.ledger_json, name="ledger_json"),
    path("ledger/projects/<int:project>/", ledger.project_public, name="project_public"),
    path("candidates/<int:call>/", ledger.candidates_public, name="candidates_public"),
    path("candidates/<int:call>/candidates.pdf", ledger.candidates_pdf, name="candidates_pdf"),
    path("board/", board.board, name="board"),
]
