"""Addresses of the delivery: a unit's projects, a body's list, one project and what is done with it."""

from django.urls import path

from yishi.projects.views import delivery, reports, supervision

PDF, DOCX = {"kind": "pdf"}, {"kind": "docx"}

urlpatterns = [
    path("projects/units/", delivery.unit_projects, name="unit_projects"),
    path("projects/calls/<int:call>/delivery/", delivery.call_delivery, name="call_delivery"),
    path("projects/calls/<int:call>/delivery.xlsx", delivery.call_delivery_file, name="call_delivery_file"),
    path(
        "projects/calls/<int:call>/delivery/supervise/", delivery.supervise_overdue, name="supervise_overdue"
    ),
    path("projects/delivery/<int:project>/", delivery.project_delivery, name="project_delivery"),
    path("projects/delivery/<int:project>/report/", reports.report_new, name="report_new"),
    path("projects/delivery/<int:project>/milestones/", reports.milestones, name="milestones"),
    path("projects/delivery/<int:project>/complete/", reports.project_complete, name="project_complete"),
    path("projects/delivery/<int:project>/reopen/", reports.project_reopen, name="project_reopen"),
    path("projects/delivery/<int:project>/supervise/", supervision.supervise, name="supervise"),
    path("projects/delivery/<int:project>/inspect/", supervision.inspect, name="inspect"),
    path("projects/delivery/<int:project>/change/", supervision.change_ask, name="change_ask"),
    path("projects/delivery/<int:project>/stop/", supervision.change_stop, name="change_stop"),
    path("projects/photos/<int:photo>/", delivery.delivery_photo, name="delivery_photo"),
    path("projects/photos/<int:photo>/remove/", reports.photo_remove, name="photo_remove"),
    path("projects/milestones/<int:milestone>/undo/", reports.milestone_undo, name="milestone_undo"),
    path("projects/milestones/<int:milestone>/slip/", reports.slip_ask, name="slip_ask"),
    path("projects/slips/<int:slip>/accept/", reports.slip_accept, name="slip_accept"),
    path("projects/slips/<int:slip>/refuse/", reports.slip_refuse, name="slip_refuse"),
    path(
        "projects/supervisions/<int:supervision>/paper.pdf",
        supervision.supervision_paper,
        PDF,
        name="supervision_pdf",
    ),
    path(
        "projects/supervisions/<int:supervision>/paper.docx",
        supervision.supervision_paper,
        DOCX,
        name="supervision_docx",
    ),
    path(
        "projects/supervisions/<int:supervision>/answer/",
        supervision.supervision_answer,
        name="supervision_answer",
    ),
    path(
        "projects/supervisions/<int:supervision>/back/", supervision.supervision_back, name="supervision_back"
    ),
    path(
        "projects/supervisions/<int:supervision>/close/",
        supervision.supervision_close,
        name="supervision_close",
    ),
    path(
        "projects/inspections/<int:inspection>/answer/",
        supervision.inspection_answer,
        name="inspection_answer",
    ),
    path("projects/inspections/<int:inspection>/back/", supervision.inspection_back, name="inspection_back"),
    path(
        "projects/inspections/<int:inspection>/close/", supervision.inspection_close, name="inspection_close"
    ),
    path("projects/changes/<int:change>/approve/", supervision.change_approve, name="change_approve"),
    path("projects/changes/<int:change>/refuse/", supervision.change_refuse, name="change_refuse"),
]
