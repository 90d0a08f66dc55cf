"""The table of all addresses; every view says who may enter."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from django.urls import include, path

from yishi.people.rules import has_password
from yishi.web import errors
from yishi.web.access import allow, anyone

urlpatterns = [
    path("", include("yishi.portal.urls")),
    path("", include("yishi.web.urls")),
    path("desk/", include("yishi.desk.urls")),
    path("", include("yishi.people.urls")),
    path("", include("yishi.meetings.urls")),
    path("", include("yishi.publishing.urls")),
    path("", include("yishi.voting.urls")),
    path("", include("yishi.projects.urls")),
    path("account/login/", allow(anyone)(account.login), name="account_login"),
    path("account/inactive/", allow(anyone)(account.account_inactive), name="account_inactive"),
    path("account/logout/", allow(anyone)(account.logout), name="account_logout"),
    path(
        "account/password/",
        allow(has_password)(account.password_change),
        name="account_change_password",
    ),
    path("account/confirm/", allow(has_password)(account.reauthenticate), name="account_reauthenticate"),
    path("account/2fa/", allow(has_password)(mfa.index), name="mfa_index"),
    path("account/2fa/authenticate/", allow(anyone)(mfa.authenticate), name="mfa_authenticate"),
    path(
        "account/2fa/reauthenticate/",
        allow(has_password)(mfa.reauthenticate),
        name="mfa_reauthenticate",
    ),
    path("account/2fa/totp/activate/", allow(has_password)(totp.activate_totp), name="mfa_activate_totp"),
    path(
        "account/2fa/totp/deactivate/",
        allow(has_password)(totp.deactivate_totp),
        name="mfa_deactivate_totp",
    ),
    path(
        "account/2fa/codes/",
        allow(has_password)(codes.view_recovery_codes),
        name="mfa_view_recovery_codes",
    ),
    path(
        "account/2fa/codes/new/",
        allow(has_password)(codes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "account/2fa/codes/file/",
        allow(has_password)(codes.download_recovery_codes),
        name="mfa_download_recovery_codes",
    ),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.broken
