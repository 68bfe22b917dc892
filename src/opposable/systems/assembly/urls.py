"""Addresses of the system on the main site (namespace «assembly»)."""

from django.urls import path

from opposable.systems.assembly.views import (
    office,
    office_agenda,
    office_board,
    office_bylaws,
    office_company,
    office_consent,
    office_documents,
    office_door,
    office_draft,
    office_forms,
    office_import,
    office_live,
    office_meeting,
    office_notices,
    office_order,
    office_register,
    office_results,
    office_session,
)

app_name = "assembly"
urlpatterns = [
    path("", office.meetings, name="meetings"),
    # Companies, bylaws, register
    path("companies/", office.companies, name="companies"),
    path("companies/new/", office_company.new_company, name="new-company"),
    path("companies/<slug:slug>/", office_company.company, name="company"),
    path("companies/<slug:slug>/edit/", office_company.edit, name="company-edit"),
    path("companies/<slug:slug>/bylaws/<str:rule_id>/", office_bylaws.adopt, name="bylaw"),
    path("companies/<slug:slug>/holders/", office_register.holders, name="holders"),
    path("companies/<slug:slug>/holders/<slug:uid>/", office_register.holder, name="holder"),
    path("companies/<slug:slug>/holders/<slug:uid>/transfer/", office_register.transfer, name="transfer"),
    path("companies/<slug:slug>/holders/<slug:uid>/consent/", office_consent.consent, name="consent"),
    path("companies/<slug:slug>/holders/<slug:uid>/agent/", office_consent.agent, name="agent"),
    path("companies/<slug:slug>/imports/", office_import.imports, name="imports"),
    path("companies/<slug:slug>/imports/new/", office_import.upload, name="import"),
    path("companies/<slug:slug>/imports/check/<slug:token>/", office_import.check, name="import-check"),
    path("companies/<slug:slug>/imports/check/<slug:token>/go/", office_import.import_staged, name="import-go"),
    path("companies/<slug:slug>/imports/<slug:uid>/undo/", office_import.undo, name="import-undo"),
    # Preparing
    path("meetings/board/", office_board.meetings_board, name="board"),
    path("meetings/new/", office_draft.draft, name="draft"),
    path("meetings/calendar/", office_draft.calendar_preview, name="calendar"),
    path("meetings/<slug:uid>/edit/", office_draft.edit, name="edit"),
    path("meetings/<slug:uid>/agenda/", office_agenda.agenda, name="agenda"),
    path("meetings/<slug:uid>/convene/", office_draft.convene, name="convene"),
    # The record
    path("meetings/<slug:uid>/", office_meeting.meeting, name="meeting"),
    path("meetings/<slug:uid>/dates/", office_meeting.date_done, name="date-done"),
    path("meetings/<slug:uid>/open/", office_meeting.open_vote, name="open"),
    path("meetings/<slug:uid>/close/", office_meeting.close_vote, name="close"),
    path("meetings/<slug:uid>/fix/", office_meeting.fix, name="fix"),
    path("meetings/<slug:uid>/cancel/", office_meeting.cancel, name="cancel"),
    path("meetings/<slug:uid>/resolutions/", office_meeting.resolutions, name="resolutions"),
    path("meetings/<slug:uid>/resolutions/<int:position>/", office_meeting.resolution, name="resolution"),
    path("meetings/<slug:uid>/resolutions/<int:position>/move/", office_order.move, name="resolution-move"),
    path("meetings/<slug:uid>/resolutions/<int:position>/withdraw/", office_order.withdraw, name="resolution-withdraw"),
    path("meetings/<slug:uid>/notices/", office_notices.notices, name="notices"),
    path("meetings/<slug:uid>/notices/send/", office_notices.send, name="notices-send"),
    path("meetings/<slug:uid>/notices/progress/", office_notices.progress, name="notices-progress"),
    path("meetings/<slug:uid>/turnout/", office_forms.turnout, name="turnout"),
    path("meetings/<slug:uid>/forms/", office_forms.forms, name="forms"),
    path("meetings/<slug:uid>/forms/<slug:form_uid>/", office_forms.form, name="form"),
    path("meetings/<slug:uid>/votes/", office_forms.entitlements, name="entitlements"),
    path("meetings/<slug:uid>/votes/<slug:entitlement_uid>/", office_forms.entitlement, name="entitlement"),
    path("meetings/<slug:uid>/documents/", office_documents.documents, name="documents"),
    path("meetings/<slug:uid>/documents/new/<slug:name>/", office_documents.issue, name="document-issue"),
    path("meetings/<slug:uid>/documents/<slug:document_uid>/", office_documents.download, name="document"),
    path(
        "meetings/<slug:uid>/documents/<slug:document_uid>/certify/", office_documents.certify, name="document-certify"
    ),
    path("meetings/<slug:uid>/documents/<slug:document_uid>/sign/", office_documents.sign, name="document-sign"),
    path(
        "meetings/<slug:uid>/documents/<slug:document_uid>/extract/", office_documents.extract, name="document-extract"
    ),
    path("meetings/<slug:uid>/acts/", office_meeting.timeline, name="timeline"),
    # The day
    path("meetings/<slug:uid>/session/", office_session.session, name="session"),
    path("meetings/<slug:uid>/session/open/", office_session.open_session, name="session-open"),
    path("meetings/<slug:uid>/session/door/", office_door.door, name="door"),
    path("meetings/<slug:uid>/session/admit/", office_door.admit, name="admit"),
    path("meetings/<slug:uid>/session/leave/<slug:attendance_uid>/", office_door.leave, name="leave"),
    path("meetings/<slug:uid>/session/incident/", office_session.report, name="incident"),
    path("meetings/<slug:uid>/session/bring/", office_session.bring, name="bring"),
    path("meetings/<slug:uid>/session/end/", office_session.end, name="end"),
    path("meetings/<slug:uid>/session/<int:position>/", office_live.vote, name="vote"),
    path("meetings/<slug:uid>/session/<int:position>/close/", office_live.close, name="vote-close"),
    path("meetings/<slug:uid>/results/", office_results.results, name="results"),
]
