"""Addresses, under /employment/."""

from django.urls import path

from opposable.systems.employment import views

app_name = "employment"
urlpatterns = [
    path("", views.files, name="files"),
    path("waivers/new/", views.new_waiver, name="new-waiver"),
    path("waivers/<str:uid>/", views.waiver, name="waiver"),
    path("dismissals/new/", views.new_dismissal, name="new-dismissal"),
    path("dismissals/<str:uid>/", views.dismissal, name="dismissal"),
    path("cne/", views.cne, name="cne"),
]
