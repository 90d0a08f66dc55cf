"""Addresses of the livelihood projects."""

from yishi.projects.urls.calls import urlpatterns as calls
from yishi.projects.urls.candidates import urlpatterns as candidates
from yishi.projects.urls.deliberation import urlpatterns as deliberation
from yishi.projects.urls.delivery import urlpatterns as delivery
from yishi.projects.urls.ledger import urlpatterns as ledger
from yishi.projects.urls.rating import urlpatterns as rating
from yishi.projects.urls.topics import urlpatterns as topics

urlpatterns = [*calls, *topics, *candidates, *deliberation, *delivery, *rating, *ledger]
