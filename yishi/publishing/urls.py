"""Addresses of documents: for everybody, then for clerks."""

from django.urls import path

from yishi.publishing import views

urlpatterns = [
    path("documents/", views.documents_public, name="documents_public"),
    path("documents/rss.xml", views.documents_rss, name="documents_rss"),
    path("documents/<int:document>/", views.document_public, name="document_public"),
    path("documents/files/<int:attachment>/", views.attachment_file, name="attachment_file"),
    path("publishing/", views.documents, name="documents"),
    path("publishing/new/<int:body>/", views.document_new, name="document_new"),
    path("publishing/<int:document>/", views.document, name="document"),
    path("publishing/<int:document>/change/", views.document_change, name="document_change"),
    path("publishing/<int:document>/publish/", views.document_publish, name="document_publish"),
    path("publishing/<int:document>/withdraw/", views.document_withdraw, name="document_withdraw"),
    path("publishing/<int:document>/attach/", views.document_attach, name="document_attach"),
    path("publishing/files/<int:attachment>/detach/", views.attachment_detach, name="attachment_detach"),
]
