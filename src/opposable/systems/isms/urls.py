"""Addresses of the system (namespace «isms»)."""

from django.urls import path

from opposable.systems.isms.views import assets, audits, checks, direction, home, imports, method, risks, statement

app_name = "isms"
urlpatterns = [
    path("", home.home, name="home"),
    path("new/", home.new_scope, name="new-scope"),
    path("<slug:slug>/", home.scope, name="scope"),
    path("<slug:slug>/scope/", home.context, name="context"),
    path("<slug:slug>/scope/edit/", home.change_context, name="context-edit"),
    # Method and campaigns
    path("<slug:slug>/method/", method.method, name="method"),
    path("<slug:slug>/method/new/", method.new_method, name="method-new"),
    path("<slug:slug>/campaigns/new/", method.new_campaign, name="campaign-new"),
    path("<slug:slug>/campaigns/<slug:uid>/close/", method.close_campaign, name="campaign-close"),
    # Assets and controls
    path("<slug:slug>/assets/", assets.assets, name="assets"),
    path("<slug:slug>/assets/new/", assets.new_asset, name="asset-new"),
    path("<slug:slug>/assets/<slug:uid>/", assets.asset, name="asset"),
    path("<slug:slug>/assets/<slug:uid>/edit/", assets.change_asset, name="asset-edit"),
    path("<slug:slug>/controls/", assets.controls, name="controls"),
    path("<slug:slug>/controls/new/", assets.new_control, name="control-new"),
    path("<slug:slug>/controls/<slug:uid>/", assets.control, name="control"),
    path("<slug:slug>/controls/<slug:uid>/edit/", assets.change_control, name="control-edit"),
    # Risks
    path("<slug:slug>/risks/", risks.risks, name="risks"),
    path("<slug:slug>/risks/new/", risks.new_risk, name="risk-new"),
    path("<slug:slug>/risks/imports/", imports.imports, name="imports"),
    path("<slug:slug>/risks/imports/new/", imports.upload, name="import"),
    path("<slug:slug>/risks/imports/check/<slug:token>/", imports.check, name="import-check"),
    path("<slug:slug>/risks/imports/<slug:uid>/undo/", imports.undo, name="import-undo"),
    path("<slug:slug>/risks/<slug:uid>/", risks.risk, name="risk"),
    path("<slug:slug>/risks/<slug:uid>/edit/", risks.change_risk, name="risk-edit"),
    path("<slug:slug>/risks/<slug:uid>/rate/", risks.rate_risk, name="risk-rate"),
    path("<slug:slug>/risks/<slug:uid>/treat/", risks.treat_risk, name="risk-treat"),
    path("<slug:slug>/risks/<slug:uid>/accept/", risks.accept_risk, name="risk-accept"),
    path("<slug:slug>/risks/<slug:uid>/actions/new/", risks.new_action, name="action-new"),
    path("<slug:slug>/actions/<slug:uid>/done/", risks.action_done, name="action-done"),
    # Statement of applicability
    path("<slug:slug>/statements/", statement.statements, name="statements"),
    path("<slug:slug>/statements/new/", statement.draft, name="statement-new"),
    path("<slug:slug>/statements/<int:old>/to/<int:new>/", statement.difference, name="difference"),
    path("<slug:slug>/statements/<int:version>/", statement.soa, name="soa"),
    path("<slug:slug>/statements/<int:version>/lines/", statement.many, name="many"),
    path("<slug:slug>/statements/<int:version>/lines/<str:requirement>/", statement.line, name="line"),
    path("<slug:slug>/statements/<int:version>/publish/", statement.publish, name="publish"),
    path("<slug:slug>/statements/<int:version>/drop/", statement.drop, name="drop"),
    path("<slug:slug>/statements/<int:version>/download/<slug:kind>/", statement.download, name="soa-download"),
    # Consistency and evidence
    path("<slug:slug>/checks/", checks.checks, name="checks"),
    path("<slug:slug>/checks.json", checks.checks_json, name="checks-json"),
    path("<slug:slug>/evidence/", checks.evidence, name="evidence"),
    path("<slug:slug>/evidence/collect/", checks.collect, name="collect"),
    path("<slug:slug>/evidence/observe/<slug:what>/", checks.observe, name="observe"),
    path("<slug:slug>/evidence/items/<slug:uid>/", checks.replay_file, name="replay"),
    path("<slug:slug>/evidence/<slug:code>/", checks.evidence_rule, name="evidence-rule"),
    # Audits
    path("<slug:slug>/audits/", audits.audits, name="audits"),
    path("<slug:slug>/audits/programmes/new/", audits.new_programme, name="programme-new"),
    path("<slug:slug>/audits/programmes/<slug:uid>/new/", audits.new_audit, name="audit-new"),
    path("<slug:slug>/audits/findings/<slug:uid>/", audits.finding, name="finding"),
    path("<slug:slug>/audits/findings/<slug:uid>/correct/", audits.correct, name="correct"),
    path("<slug:slug>/audits/findings/<slug:uid>/close/", audits.close, name="finding-close"),
    path("<slug:slug>/audits/actions/<slug:uid>/done/", audits.corrective_done, name="corrective-done"),
    path("<slug:slug>/audits/actions/<slug:uid>/judge/", audits.judge, name="judge"),
    path("<slug:slug>/audits/<slug:uid>/", audits.audit, name="audit"),
    path("<slug:slug>/audits/<slug:uid>/findings/new/", audits.new_finding, name="finding-new"),
    path("<slug:slug>/audits/<slug:uid>/finish/", audits.finish, name="audit-finish"),
    # Objectives and reviews
    path("<slug:slug>/objectives/", direction.objectives, name="objectives"),
    path("<slug:slug>/objectives/new/", direction.new_objective, name="objective-new"),
    path("<slug:slug>/objectives/<slug:uid>/measure/", direction.new_measure, name="measure-new"),
    path("<slug:slug>/reviews/", direction.reviews, name="reviews"),
    path("<slug:slug>/reviews/hold/", direction.hold, name="review-hold"),
]
