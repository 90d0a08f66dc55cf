"""Addresses of this room."""

from django.urls import URLPattern, path

from yishi.voting.views import counting, keying

urlpatterns: list[URLPattern] = [
    path("voting/<int:poll>/counting/", counting.overview, name="counting"),
    path("voting/<int:poll>/counting/live/", counting.overview_live, name="counting_live"),
    path("voting/<int:poll>/counting/batches/", counting.lay_out, name="lay_out"),
    path("voting/<int:poll>/rulings/", counting.rulings, name="rulings"),
    path("voting/<int:poll>/tally/", counting.tally, name="tally"),
    path("voting/<int:poll>/tally/confirm/", counting.confirm, name="confirm_tally"),
    path("voting/batches/<int:batch>/", keying.keying, name="keying"),
    path("voting/batches/<int:batch>/live/", keying.keying_live, name="keying_live"),
    path("voting/batches/<int:batch>/begin/", keying.begin, name="begin_keying"),
    path("voting/batches/<int:batch>/take-over/", keying.take_over, name="take_over"),
    path("voting/batches/<int:batch>/size/", counting.resize, name="resize_batch"),
    path("voting/batches/<int:batch>/sheets/<int:number>/", keying.key, name="key"),
    path("voting/batches/<int:batch>/finish/", keying.finish, name="finish_keying"),
    path("voting/batches/<int:batch>/rulings/<int:number>/", counting.ruling, name="ruling"),
]
