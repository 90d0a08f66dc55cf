"""Addresses of this room."""

from django.urls import path

from yishi.meetings.views import attendance, deputy, meetings, papers, preparing, screen

urlpatterns = [
    path("meetings/", meetings.meetings, name="meetings"),
    path("meetings/new/<int:body>/", meetings.meeting_new, name="meeting_new"),
    path("meetings/mine/", deputy.my_meetings, name="my_meetings"),
    path("meetings/<int:meeting>/", meetings.meeting, name="meeting"),
    path("meetings/<int:meeting>/change/", meetings.meeting_change, name="meeting_change"),
    path("meetings/<int:meeting>/step/", meetings.meeting_step, name="meeting_step"),
    path("meetings/<int:meeting>/agenda/", preparing.agenda, name="agenda"),
    path("meetings/<int:meeting>/entitled/", preparing.entitled, name="entitled"),
    path("meetings/<int:meeting>/materials/", preparing.materials, name="materials"),
    path("meetings/<int:meeting>/deliveries.xlsx", papers.delivery_xlsx, name="delivery_xlsx"),
    path("materials/<int:material>/", preparing.material, name="material"),
    path("materials/<int:material>/file/", deputy.material_file, name="material_file"),
    path("materials/<int:material>/withdraw/", preparing.material_withdraw, name="material_withdraw"),
    path("meetings/<int:meeting>/attendance/", attendance.attendance, name="attendance"),
    path(
        "meetings/<int:meeting>/attendance/numbers/", attendance.attendance_numbers, name="attendance_numbers"
    ),
    path("meetings/<int:meeting>/attendance/scan/", attendance.scan, name="scan"),
    path("meetings/<int:meeting>/attendance/cards.pdf", papers.sign_in_cards, name="sign_in_cards"),
    path("meetings/<int:meeting>/attendance/wall/", attendance.wall, name="wall"),
    path("meetings/<int:meeting>/attendance/wall.svg", attendance.wall_qr, name="wall_qr"),
    path("meetings/<int:meeting>/attendance.xlsx", papers.attendance_xlsx, name="attendance_xlsx"),
    path("meetings/<int:meeting>/papers/<slug:name>.<slug:kind>", papers.meeting_paper, name="meeting_paper"),
    path("voters/<int:voter>/", attendance.voter, name="voter"),
    path("meetings/<int:meeting>/sign-in/", deputy.sign_in, name="sign_in"),
    path("meetings/<int:meeting>/my-code.svg", deputy.my_qr, name="my_qr"),
    path("s/<str:code>/", deputy.code_use, name="code_use"),
    path("meetings/<int:meeting>/screen/", screen.screen_control, name="screen_control"),
    path("meetings/<int:meeting>/screen/link/", screen.screen_link, name="screen_link"),
    path("screen/<int:meeting>/", screen.screen, name="screen"),
    path("screen/<int:meeting>/picture/", screen.screen_picture, name="screen_picture"),
]
