"""Addresses of the system on the main site (namespace «assembly»)."""

from django.urls import path

from opposable.systems.assembly.views import office

app_name = "assembly"
urlpatterns = [path("", office.meetings, name="meetings")]
